-- As before, but a key goes with its ticket only where it is the ticket's own: no customer's, and no other ticket's. The rights are those of the function that it replaces.
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
