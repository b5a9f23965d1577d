-- Deletion of what is past its time (row A3): by whole streams, through the one function here, which looks for itself whether it may. It is granted to nobody, so it works for its owner alone;
-- the append-only triggers of the store let nothing else through, and let no transaction commit that deletes a stream without recording it.

-- Why a stream may not be deleted as of an instant; null: it may. The last thing recorded in it has to be three years old, and so has a signed checkpoint that covers all of it: else nobody could prove
-- that it was kept for as long. A stream of which events are missing stays as it is. Whoever may read events and checkpoints may ask.
create function audit.deletion_obstacle(stream uuid, at timestamp with time zone) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    -- Nobody deletes ahead of time by naming a later one.
    moment timestamp with time zone := least(at, now());
    found record;
    found_type text;
    newest record;
begin
    select s.type, s.version into found from events.mt_streams s where s.id = stream;
    if found.type is distinct from 'ticket' then return 'notATicket'; end if;
    select e.type into found_type from events.mt_events e
        where e.stream_id = stream and e.type in ('ticket_closed', 'ticket_cancelled', 'ticket_reopened', 'resolution_rejected') order by e.version desc limit 1;
    if found_type is null or found_type not in ('ticket_closed', 'ticket_cancelled') then return 'notEnded'; end if;
    select e.type into found_type from events.mt_events e
        where e.stream_id = stream and e.type in ('legal_hold_placed', 'legal_hold_lifted') order by e.version desc limit 1;
    if found_type = 'legal_hold_placed' then return 'legalHold'; end if;
    select max(e.timestamp) as recorded_at, max(e.seq_id) as position, count(*) as events into newest from events.mt_events e where e.stream_id = stream;
    if newest.events is distinct from found.version then return 'notWhole'; end if;
    if newest.recorded_at + interval '3 years' > moment then return 'tooYoung'; end if;
    -- The newest checkpoint that is old enough covers the most.
    if newest.position > coalesce((select c.position from audit.checkpoints c where c.signed_at <= moment - interval '3 years' order by c.signed_at desc, c.size desc limit 1), 0) then return 'notCovered'; end if;
    return null;
end $$;

-- Deletes a stream with its events, its due row and, where the ticket is its own data subject, its key: no customer's, and no other ticket's. Answers the positions of its events, which the record has
-- to name. The hashes of the events stay in the log. Which positions earlier transactions took down is cleared away: their records tell it.
create function audit.delete_stream(stream uuid, at timestamp with time zone) returns bigint[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    obstacle text;
    positions bigint[];
begin
    perform from events.mt_streams s where s.id = stream for update;
    obstacle := audit.deletion_obstacle(stream, at);
    if obstacle is not null then
        raise exception 'Stream % is not to be deleted: %.', stream, obstacle using errcode = 'SO003', detail = obstacle;
    end if;
    select array_agg(e.seq_id order by e.version) into positions from events.mt_events e where e.stream_id = stream;
    delete from events.deleted_streams d where d.transaction_id <> pg_current_xact_id();
    perform set_config('events.deleting', stream::text, true);
    delete from events.mt_streams s where s.id = stream;
    perform set_config('events.deleting', '', true);
    delete from events.due d where d.stream_id = stream;
    -- Keys of data subjects are another part's table, and may not be there.
    if to_regclass('privacy.subject_keys') is not null and to_regclass('read.tickets') is not null then
        delete from privacy.subject_keys k
        where k.subject_id = stream and k.customer_id is null and not exists (select from read.tickets t where t.subject_id = stream and t.id <> stream);
    end if;
    return positions;
end $$;

-- What is not to be deleted is not deleted by whoever calls no function for it either: the store's own trigger asks for the obstacle, so that setting events.deleting by hand is no way around it.
create or replace function events.refuse_stream_deletion() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    obstacle text;
begin
    if current_setting('events.deleting', true) is distinct from old.id::text then
        raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
    end if;
    if (select count(*) from events.mt_events e where e.stream_id = old.id) <> old.version then
        raise exception 'Stream % is not whole: it is not deleted.', old.id using errcode = 'SO002';
    end if;
    obstacle := audit.deletion_obstacle(old.id, now());
    if obstacle is not null then
        raise exception 'Stream % is not to be deleted: %.', old.id, obstacle using errcode = 'SO003', detail = obstacle;
    end if;
    return old;
end $$;

do $$
begin
    revoke execute on function audit.delete_stream from public;
    revoke execute on function audit.deletion_obstacle from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant execute on function audit.deletion_obstacle to service_orders_app;
end $$;
