-- Closings, which the monthly samples are drawn from: the events themselves are read, no index that the service's own login may change.
create index closings on events.mt_events (timestamp, seq_id) where type = 'ticket_closed';
-- The months' seeds: whether a month is the first one.
create index sample_seeds on events.mt_events (seq_id) where type = 'sample_seed_fixed';
