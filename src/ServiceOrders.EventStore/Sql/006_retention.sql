-- Retention: streams that are past their time are archived or, as a whole, deleted. What is done is recorded by an event in the same transaction; records are read from the events by this index.
create index retention_records on events.mt_events (seq_id) where type in ('records_archived', 'records_deleted');

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

-- The append-only triggers' sole exception. A stream may be deleted, whole, by the function that says so for it (events.deleting, for the length of its statement), and its events only with it.
-- No trigger finds anything by a search path that its caller sets.
alter function events.refuse() set search_path = pg_catalog, pg_temp;

create function events.refuse_stream_deletion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('events.deleting', true) is distinct from old.id::text then
        raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
    end if;
    if (select count(*) from events.mt_events e where e.stream_id = old.id) <> old.version then
        raise exception 'Stream % is not whole: it is not deleted.', old.id using errcode = 'SO002';
    end if;
    return old;
end $$;

-- Which positions go is taken down by the table itself, whoever writes to it, and whoever has written to it answers for that at the commit: so an event whose stream somebody removed with the triggers off
-- goes no other way either, and looking whether an event may go costs the same however many there are.
create function events.take_down() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.transaction_id := pg_current_xact_id();
    select coalesce(array_agg(e.seq_id order by e.seq_id), '{}') into new.positions from events.mt_events e where e.stream_id = new.stream_id;
    return new;
end $$;
create trigger deleted_streams_taken_down before insert on events.deleted_streams for each row execute function events.take_down();

create function events.take_down_positions() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    insert into events.deleted_streams (stream_id) values (old.id);
    return old;
end $$;

-- An event goes only with its stream, in the transaction that took its position down.
create function events.refuse_event_deletion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from events.mt_streams s where s.id = old.stream_id)
        and exists (select from events.deleted_streams d where d.stream_id = old.stream_id and d.transaction_id = pg_current_xact_id())
    then return old; end if;
    raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

-- No deletion without its record: whoever deletes a stream, the transaction cannot commit unless an event of its own tells which stream it was, of how many events, at which positions. Asked once for
-- each stream, not once for each event: the answer is waited for at the commit, under the append lock, with everybody else who appends. Looked for among the newest records only: those of this
-- transaction are there, since it holds that lock.
create function events.demand_deletion_record() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
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

drop trigger streams_not_deleted on events.mt_streams;
create trigger streams_not_deleted before delete on events.mt_streams for each row execute function events.refuse_stream_deletion();
-- Fires after streams_not_deleted: by name.
create trigger streams_taken_down before delete on events.mt_streams for each row execute function events.take_down_positions();
create constraint trigger deletion_is_recorded after insert on events.deleted_streams deferrable initially deferred for each row execute function events.demand_deletion_record();
drop trigger events_not_deleted on events.mt_events;
create trigger events_not_deleted before delete on events.mt_events for each row execute function events.refuse_event_deletion();
