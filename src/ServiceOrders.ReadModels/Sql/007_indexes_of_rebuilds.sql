-- A rebuild fills a generation's tables faster without the indexes of its lists, and makes them at once when all rows are there. What is set aside is kept here, so that a rebuild that was
-- interrupted makes them all the same. Keys stay: they hold the rows together.
create table read.indexes_set_aside (
    generation integer not null,
    definition text    not null
);

-- Both run with their owner's rights and take a number only, like read.make_ticket_tables. A generation that serves is not touched: its indexes are never set aside.
create function read.set_ticket_indexes_aside(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $aside$
declare
    held record;
begin
    if generation <= (select g.current from events.generations g where g.name = 'inline') then
        raise exception 'Generation % serves or has served.', generation;
    end if;
    delete from read.indexes_set_aside a where a.generation = set_ticket_indexes_aside.generation;
    for held in
        select i.indexrelid::regclass as name, pg_get_indexdef(i.indexrelid) as definition
        from pg_index i
        where i.indrelid in (to_regclass(format('read.tickets_g%s', generation)), to_regclass(format('read.queue_g%s', generation))) and not i.indisunique
    loop
        insert into read.indexes_set_aside values (generation, held.definition);
        execute format('drop index %s', held.name);
    end loop;
end $aside$;

create function read.make_ticket_indexes(generation integer) returns void language plpgsql security definer
    set search_path = pg_catalog, pg_temp set maintenance_work_mem = '256MB' as $make$
declare
    held record;
begin
    for held in delete from read.indexes_set_aside a where a.generation = make_ticket_indexes.generation returning a.definition loop
        execute held.definition;
    end loop;
end $make$;

do $$
begin
    revoke execute on function read.set_ticket_indexes_aside, read.make_ticket_indexes from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    revoke insert, update, delete on read.indexes_set_aside from service_orders_app;
    grant execute on function read.set_ticket_indexes_aside, read.make_ticket_indexes to service_orders_app;
end $$;
