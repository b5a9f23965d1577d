-- Who was shown whose personal data, from the events of the access log: a row for what one caller was shown by one operation within one second, with the tickets side by side, for a row and three index
-- entries for each ticket would cost readers more than all else that the access log does. Follows by subscription; has generations like reporting.milestones.
create function read.make_accesses(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    execute format($t$
        create table read.accesses_g%1$s (
            at         timestamptz not null,
            position   bigint      not null, -- of the event
            ordinal    integer     not null, -- of the first ticket within the event, from 1
            actor      text        not null collate "C", -- staff:li-wei, channel:wechat-shop
            route      text        not null collate "C",
            kinds      text        not null collate "C", -- contact description texts name
            tickets    uuid[]      not null,
            subjects   uuid[]      not null, -- of each ticket
            constraint accesses_g%1$s_pkey primary key (at, position, ordinal)
        )
    $t$, generation);
    execute format('create index accesses_g%1$s_about on read.accesses_g%1$s using gin ((tickets || subjects))', generation);
    execute format('create index accesses_g%1$s_actor on read.accesses_g%1$s (actor, at, position, ordinal)', generation);
end $make$;

create function read.serve_accesses(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $serve$
begin
    execute format('create or replace view read.accesses as select * from read.accesses_g%s', generation);
end $serve$;

create function read.drop_accesses(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $drop$
begin
    execute format('drop table if exists read.accesses_g%s', generation);
end $drop$;

do $$
begin
    revoke execute on function read.make_accesses, read.serve_accesses, read.drop_accesses from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant execute on function read.make_accesses, read.serve_accesses, read.drop_accesses to service_orders_app;
end $$;

select read.make_accesses(1);
select read.serve_accesses(1);
