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

-- No trigger finds anything by a search path that its caller sets.
do $$
declare
    name regprocedure;
begin
    for name in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'audit'::regnamespace and p.prorettype = 'trigger'::regtype and p.proconfig is null loop
        execute format('alter function %s set search_path = pg_catalog, pg_temp', name);
    end loop;
end $$;
