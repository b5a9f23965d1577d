-- What a record of a deletion has to tell, looked at event by event; and no trigger finds anything by a search path that its caller sets.

-- Only records_deleted is a record of a deletion: one of what was archived is none.
create or replace function events.demand_deletion_record() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from (
            select e.data, e.type, e.xmin as writer from events.mt_events e where e.type in ('records_archived', 'records_deleted') order by e.seq_id desc limit 50) r
        cross join lateral jsonb_array_elements(r.data -> 'streams') s
        where r.writer = pg_current_xact_id()::xid and r.type = 'records_deleted' and s ->> 'streamId' = old.id::text
            and (s ->> 'events')::bigint = old.version and jsonb_array_length(s -> 'positions') = old.version)
    then return null; end if;
    raise exception 'Stream % was deleted without a record of it.', old.id using errcode = 'SO002';
end $$;

-- Each event that went with its stream stands in the record at its own position. There are as many positions as the stream had versions, and a stream of which events were missing already is not
-- deleted (below): so those positions are all of its, and no others.
create function events.demand_deletion_position() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from (
            select e.data, e.type, e.xmin as writer from events.mt_events e where e.type in ('records_archived', 'records_deleted') order by e.seq_id desc limit 50) r
        cross join lateral jsonb_array_elements(r.data -> 'streams') s
        where r.writer = pg_current_xact_id()::xid and r.type = 'records_deleted' and s ->> 'streamId' = old.stream_id::text and s -> 'positions' @> to_jsonb(old.seq_id))
    then return null; end if;
    raise exception 'The event at position % was deleted without a record of it.', old.seq_id using errcode = 'SO002';
end $$;
create constraint trigger deletion_is_recorded after delete on events.mt_events deferrable initially deferred for each row execute function events.demand_deletion_position();

create or replace function events.refuse_stream_deletion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('events.deleting', true) is distinct from old.id::text then
        raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
    end if;
    if (select count(*) from events.mt_events e where e.stream_id = old.id) <> old.version then
        raise exception 'Stream % is not whole: it is not deleted.', old.id using errcode = 'SO002';
    end if;
    return old;
end $$;

alter function events.refuse() set search_path = pg_catalog, pg_temp;
alter function events.refuse_event_deletion() set search_path = pg_catalog, pg_temp;
