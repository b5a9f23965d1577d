-- Lists know which promises are open: what runs, stands still, or was missed and is still owed, by milestone.
-- promises has a word for each, acknowledge:breached resolution:running, and is null where there is none; a missed promise of a ticket that has ended is no longer open. overdue_order is
-- the earliest due time missed and still owed, infinity where none is. Few tickets have one, so its index is small and costs the others nothing.
create function read.add_queue_promises(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $add$
begin
    execute format('alter table read.queue_g%1$s add column promises text collate "C", add column overdue_order timestamptz not null default ''infinity''', generation);
    execute format('create index queue_g%1$s_overdue on read.queue_g%1$s (overdue_order, id) where overdue_order < ''infinity''', generation);
end $add$;

-- A generation is made as before, and then gets these.
alter function read.make_ticket_tables(integer) rename to make_ticket_tables_001;
create function read.make_ticket_tables(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    perform read.make_ticket_tables_001(generation);
    perform read.add_queue_promises(generation);
end $make$;

do $$
begin
    revoke execute on function read.make_ticket_tables, read.add_queue_promises from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    revoke execute on function read.make_ticket_tables_001 from service_orders_app;
    grant execute on function read.make_ticket_tables to service_orders_app;
end $$;

-- Those that are there already, filled from the states beside them, as the service fills the rows from now on.
do $$
declare
    generation integer;
begin
    for generation in
        select substring(c.relname from '[0-9]+$')::integer from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'read' and c.relkind = 'r' and c.relname ~ '^queue_g[0-9]+$'
    loop
        perform read.add_queue_promises(generation);
        execute format($q$
            update read.queue_g%1$s q set promises = o.promises, overdue_order = o.overdue_order
            from (
                select t.id, string_agg(c.name || ':' || c.state, ' ' order by c.place) as promises,
                    coalesce(min(c.breached_at) filter (where c.state = 'breached'), 'infinity') as overdue_order
                from (select id, doc::jsonb as doc from read.tickets_g%1$s) t
                cross join lateral (
                    select m.value ->> 'name' as name, lower(coalesce(m.value ->> 'state', 'running')) as state, (m.value ->> 'breachedAt')::timestamptz as breached_at, m.ordinality as place
                    from jsonb_array_elements(coalesce(t.doc -> 'milestones', '[]')) with ordinality m) c
                where c.state in ('running', 'paused') or (c.state = 'breached' and coalesce(t.doc ->> 'status', 'Open') not in ('Closed', 'Cancelled'))
                group by t.id) o
            where o.id = q.id
        $q$, generation);
    end loop;
    perform read.serve_ticket_tables((select current from events.generations where name = 'inline'));
end $$;
