-- Retention: streams that are past their time are archived or, as a whole, deleted. What is done is recorded by an event in the same transaction; records are read from the events by this index.
create index retention_records on events.mt_events (seq_id) where type in ('records_archived', 'records_deleted');

-- The append-only triggers' sole exception. A stream may be deleted by the function that says so for it (events.deleting, for the length of its statement), and its events only with it.
create function events.refuse_stream_deletion() returns trigger language plpgsql as $$
begin
    if current_setting('events.deleting', true) = old.id::text then return old; end if;
    raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

create function events.refuse_event_deletion() returns trigger language plpgsql as $$
begin
    -- Gone already: the deletion of the stream takes its events along.
    if old.stream_id is not null and not exists (select from events.mt_streams s where s.id = old.stream_id) then return old; end if;
    raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

-- No deletion without its record: whoever deletes a stream, the transaction cannot commit unless an event of its own tells which stream it was, of how many events, at which positions.
-- Looked for among the newest records only: those of this transaction are there, since it holds the append lock.
create function events.demand_deletion_record() returns trigger language plpgsql as $$
begin
    if exists (
        select from (
            select e.data, e.xmin as writer from events.mt_events e where e.type in ('records_archived', 'records_deleted') order by e.seq_id desc limit 50) r
        cross join lateral jsonb_array_elements(r.data -> 'streams') s
        where r.writer = pg_current_xact_id()::xid and s ->> 'streamId' = old.id::text
            and (s ->> 'events')::bigint = old.version and jsonb_array_length(s -> 'positions') = old.version)
    then return null; end if;
    raise exception 'Stream % was deleted without a record of it.', old.id using errcode = 'SO002';
end $$;

drop trigger streams_not_deleted on events.mt_streams;
create trigger streams_not_deleted before delete on events.mt_streams for each row execute function events.refuse_stream_deletion();
drop trigger events_not_deleted on events.mt_events;
create trigger events_not_deleted before delete on events.mt_events for each row execute function events.refuse_event_deletion();
create constraint trigger deletion_is_recorded after delete on events.mt_streams deferrable initially deferred for each row execute function events.demand_deletion_record();
