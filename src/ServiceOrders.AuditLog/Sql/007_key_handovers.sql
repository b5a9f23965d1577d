-- That a key takes over, as the key before it and it itself signed it: what a verifier follows from a key that it knows. Null: the first one.
alter table audit.keys add column handover text null;

-- The last verification that was done, and the last one that ended, are asked for by when they ended.
create index verifications_ended on audit.verifications (finished_at) where state in ('done', 'failed');
