-- The two inline read models of tickets. Both are written in the append's own transaction, so after a 2xx they show the change.
-- Their tables have generations: a rebuild fills tables of the next number while the old ones serve, then the views move. Everything that knows the columns is here:
-- read.make_ticket_tables makes a generation, read.serve_ticket_tables points the views to it, read.drop_ticket_tables removes one.
-- They run with their owner's rights, so that the service can rebuild under a login that owns nothing. All they take is a number: with it a caller can make, serve and drop
-- tables of these two names, whose rows it may write anyway; what serves is not dropped, because the views need it.
create schema if not exists read;

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant usage on schema read to service_orders_app;
    alter default privileges in schema read grant select, insert, update, delete on tables to service_orders_app;
    alter default privileges in schema read grant usage, select on sequences to service_orders_app;
end $$;

-- Service numbers, drawn in blocks: a node takes a value and uses it and the 499 after it.
create sequence read.service_numbers as bigint start 1000000 increment 500 cache 1;

create function read.make_ticket_tables(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    -- The state of every ticket. Rows stay under a quarter of a page, uncompressed and in place: toast_tuple_target saves the compressor on the hot path, and the free
    -- room lets an update stay on its page without touching the indexes, whose columns never change.
    execute format($t$
        create table read.tickets_g%1$s (
            id          uuid        not null,
            number      text        not null collate "C",
            channel     text        not null collate "C",
            subject_id  uuid        not null,
            version     bigint      not null,
            act_version bigint      not null,
            updated_at  timestamptz not null,
            doc         text        not null,
            constraint tickets_g%1$s_pkey primary key (id),
            constraint tickets_g%1$s_number_key unique (number)
        ) with (fillfactor = 70, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2)
    $t$, generation);

    -- What lists filter and sort by, typed, and nothing else: the tickets of a page are looked up in read.tickets. due_order is the earliest deadline that runs, infinity
    -- where none does; priority is 0 to 5 by urgency and, within it, by tier (the green lane 绿色通道 is 0 and 1), 9 for ended tickets.
    execute format($t$
        create table read.queue_g%1$s (
            id                 uuid        not null,
            opened_at          timestamptz not null,
            updated_at         timestamptz not null,
            due_order          timestamptz not null,
            breach_count       integer     not null,
            priority           smallint    not null,
            status             text        not null collate "C",
            kind               text        not null collate "C",
            urgency            text        not null collate "C",
            complexity         text        not null collate "C",
            tier               text        not null collate "C",
            channel            text        not null collate "C",
            medium             text        not null collate "C",
            external_reference text        collate "C",
            region             text        collate "C",
            team               text        collate "C",
            assignee           text        collate "C",
            serial_number      text        collate "C",
            constraint queue_g%1$s_pkey primary key (id)
        ) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2)
    $t$, generation);
    -- One index for each order that lists offer, and for each filter that leaves few rows of many. Every one costs an entry per change: none is here for comfort.
    execute format('create index queue_g%1$s_opened on read.queue_g%1$s (opened_at, id)', generation);
    execute format('create index queue_g%1$s_channel on read.queue_g%1$s (channel, opened_at, id)', generation);
    execute format('create index queue_g%1$s_updated on read.queue_g%1$s (updated_at, id)', generation);
    execute format('create index queue_g%1$s_due on read.queue_g%1$s (due_order, id)', generation);
    execute format('create index queue_g%1$s_priority on read.queue_g%1$s (priority, due_order, id)', generation);
    execute format('create index queue_g%1$s_assignee on read.queue_g%1$s (assignee, priority, due_order, id) where assignee is not null', generation);
    execute format('create index queue_g%1$s_team on read.queue_g%1$s (team, priority, due_order, id) where team is not null', generation);
    execute format('create index queue_g%1$s_reference on read.queue_g%1$s (external_reference) where external_reference is not null', generation);
    execute format('create index queue_g%1$s_serial on read.queue_g%1$s (serial_number) where serial_number is not null', generation);
end $make$;

create function read.serve_ticket_tables(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $serve$
begin
    execute format('create or replace view read.tickets as select * from read.tickets_g%s', generation);
    execute format('create or replace view read.queue as select * from read.queue_g%s', generation);
end $serve$;

create function read.drop_ticket_tables(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $drop$
begin
    execute format('drop table if exists read.tickets_g%1$s, read.queue_g%1$s', generation);
end $drop$;

do $$
begin
    revoke execute on function read.make_ticket_tables, read.serve_ticket_tables, read.drop_ticket_tables from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant execute on function read.make_ticket_tables, read.serve_ticket_tables, read.drop_ticket_tables to service_orders_app;
end $$;

select read.make_ticket_tables(1);
select read.serve_ticket_tables(1);
