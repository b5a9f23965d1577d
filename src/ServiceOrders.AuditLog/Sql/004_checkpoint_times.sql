-- A checkpoint is no older than the one before: else one that is dated back would make what it covers look as if it had been kept for years.

create or replace function audit.grow_checkpoints() returns trigger language plpgsql as $$
begin
    if exists (select from audit.checkpoints c where c.size >= new.size) then
        raise exception 'The audit log only grows: a checkpoint of % events or more exists.', new.size using errcode = 'SO002';
    end if;
    if new.signed_at < (select c.signed_at from audit.checkpoints c order by c.size desc limit 1) then
        raise exception 'The audit log only grows: the checkpoint of % events is older than the one before.', new.size using errcode = 'SO002';
    end if;
    return new;
end $$;
