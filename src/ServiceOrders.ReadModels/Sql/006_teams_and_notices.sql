-- Teams are settings too (their supervisors, level by level).
alter table read.settings drop constraint settings_kind;
alter table read.settings add constraint settings_kind check (kind in ('policy', 'calendar', 'classification_rules', 'team'));

-- What somebody is to be told of is read from the events themselves, in their order, so that a reader that remembers one position misses nothing.
-- Only these two kinds of events are in the index: the others cost nothing for it.
create index notices_by_position on events.mt_events (seq_id) where type in ('ticket_escalated', 'party_notified');
