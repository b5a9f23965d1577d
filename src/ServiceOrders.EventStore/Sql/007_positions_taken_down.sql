-- Which positions go is taken down by the table itself, whoever writes to it, and whoever has written to it answers for that at the commit: so an event whose stream somebody removed with the triggers off
-- goes no other way either, and looking whether an event may go costs the same however many there are.
create function events.take_down() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.transaction_id := pg_current_xact_id();
    select coalesce(array_agg(e.seq_id order by e.seq_id), '{}') into new.positions from events.mt_events e where e.stream_id = new.stream_id;
    return new;
end $$;
create trigger deleted_streams_taken_down before insert on events.deleted_streams for each row execute function events.take_down();

create or replace function events.take_down_positions() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    insert into events.deleted_streams (stream_id) values (old.id);
    return old;
end $$;

create or replace function events.refuse_event_deletion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from events.mt_streams s where s.id = old.stream_id)
        and exists (select from events.deleted_streams d where d.stream_id = old.stream_id and d.transaction_id = pg_current_xact_id())
    then return old; end if;
    raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

-- Looked for among the newest records only: those of this transaction are there, since it holds the append lock.
create or replace function events.demand_deletion_record() returns trigger language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from (
            select e.data, e.type, e.xmin as writer from events.mt_events e where e.type in ('records_archived', 'records_deleted') order by e.seq_id desc limit 50) r
        cross join lateral jsonb_array_elements(r.data -> 'streams') s
        where r.writer = pg_current_xact_id()::xid and r.type = 'records_deleted' and s ->> 'streamId' = new.stream_id::text and (s ->> 'events')::bigint = cardinality(new.positions)
            and (select array_agg(p::bigint order by p::bigint) from jsonb_array_elements_text(s -> 'positions') p) = new.positions)
    then return null; end if;
    raise exception 'Stream % was deleted without a record that names it and the positions of its events.', new.stream_id using errcode = 'SO002';
end $$;

drop trigger deletion_is_recorded on events.mt_streams;
create constraint trigger deletion_is_recorded after insert on events.deleted_streams deferrable initially deferred for each row execute function events.demand_deletion_record();
