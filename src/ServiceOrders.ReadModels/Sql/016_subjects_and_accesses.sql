-- Subjects are looked up by customer also when they were erased.
create index subject_keys_customer on privacy.subject_keys (customer_id) where customer_id is not null;

-- Accesses are looked up by ticket, whether or not the ticket is still there.
create function read.add_access_tickets(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $add$
begin
    execute format('create index accesses_g%1$s_ticket on read.accesses_g%1$s (ticket_id, at, position, ordinal)', generation);
end $add$;

alter function read.make_accesses(integer) rename to make_accesses_012;
create function read.make_accesses(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    perform read.make_accesses_012(generation);
    perform read.add_access_tickets(generation);
end $make$;

do $$
declare
    generation integer;
begin
    revoke execute on function read.make_accesses, read.add_access_tickets from public;
    if exists (select from pg_roles where rolname = 'service_orders_app') then
        revoke execute on function read.make_accesses_012 from service_orders_app;
        grant execute on function read.make_accesses to service_orders_app;
    end if;
    for generation in
        select substring(c.relname from '[0-9]+$')::integer from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'read' and c.relkind = 'r' and c.relname ~ '^accesses_g[0-9]+$'
    loop
        perform read.add_access_tickets(generation);
    end loop;
end $$;
