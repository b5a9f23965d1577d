-- A stream of which events are missing is in its own way, not in everybody's: it is asked for beforehand, where until now only the attempt to delete it said so, and took all others with it.
create or replace function audit.deletion_obstacle(stream uuid, at timestamp with time zone) returns text
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

-- As before; and clears away which positions earlier transactions took down: their records tell it.
create or replace function audit.delete_stream(stream uuid, at timestamp with time zone) returns bigint[]
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
