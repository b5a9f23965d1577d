-- What a record of a deletion has to tell is asked once for each stream, not once for each event: the answer is waited for at the commit, under the append lock, with everybody else who appends.

-- The positions of each stream that a transaction deletes, taken down before they go. A row is there to stay for the length of its transaction; afterwards nobody reads it any more.
create table events.deleted_streams (
    stream_id      uuid     not null,
    transaction_id xid8     not null,
    positions      bigint[] not null,
    primary key (stream_id, transaction_id)
);

create trigger deleted_streams_unchanged before update on events.deleted_streams for each row execute function events.refuse();
create trigger deleted_streams_not_truncated before truncate on events.deleted_streams for each statement execute function events.refuse();
create trigger deleted_streams_not_deleted before delete on events.deleted_streams for each row when (old.transaction_id = pg_current_xact_id()) execute function events.refuse();

-- Whoever puts a row there himself does not get his stream deleted in that transaction: its key is taken.
create function events.take_down_positions() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    insert into events.deleted_streams (stream_id, transaction_id, positions)
    select old.id, pg_current_xact_id(), coalesce(array_agg(e.seq_id order by e.seq_id), '{}') from events.mt_events e where e.stream_id = old.id;
    return old;
end $$;
-- Fires after streams_not_deleted: by name.
create trigger streams_taken_down before delete on events.mt_streams for each row execute function events.take_down_positions();

-- An event goes only with its stream, in the transaction that took its position down: also where the stream is gone since long, because somebody removed it with the triggers off.
create or replace function events.refuse_event_deletion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from events.mt_streams s where s.id = old.stream_id)
        and exists (select from events.deleted_streams d where d.stream_id = old.stream_id and d.transaction_id = pg_current_xact_id() and old.seq_id = any (d.positions))
    then return old; end if;
    raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

drop trigger deletion_is_recorded on events.mt_events;
drop function events.demand_deletion_position();

-- Looked for among the newest records only: those of this transaction are there, since it holds the append lock. With its owner's rights, for at the commit nobody lends his any more to the login that was
-- granted audit.delete_stream.
create or replace function events.demand_deletion_record() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from events.deleted_streams d
        cross join lateral (select e.data, e.type, e.xmin as writer from events.mt_events e where e.type in ('records_archived', 'records_deleted') order by e.seq_id desc limit 50) r
        cross join lateral jsonb_array_elements(r.data -> 'streams') s
        where d.stream_id = old.id and d.transaction_id = pg_current_xact_id()
            and r.writer = pg_current_xact_id()::xid and r.type = 'records_deleted' and s ->> 'streamId' = old.id::text and (s ->> 'events')::bigint = cardinality(d.positions)
            and (select array_agg(p::bigint order by p::bigint) from jsonb_array_elements_text(s -> 'positions') p) = d.positions)
    then return null; end if;
    raise exception 'Stream % was deleted without a record that names it and the positions of its events.', old.id using errcode = 'SO002';
end $$;
