-- By what auditors find events: one narrow row per event of any stream, written by subscription, so that appending knows nothing of it and mt_events needs no index for it.
-- audit_events: actor and channel as the event's headers have them, the customer as its ticket has it.
-- audit_blocks: the earliest and the latest time in each block of 4,096 positions, between which an instant is to be found, whatever the nodes' clocks said.
-- audit_streams: what kind of stream an event belongs to and what it is called: a ticket's service number, a policy's name.
-- audit_equipment: under which serial numbers a ticket ever went: all of its events are found under each of them.
create function read.make_audit_index(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    execute format($t$
        create table read.audit_events_g%1$s (
            position    bigint      not null,
            stream_id   uuid        not null,
            recorded_at timestamptz not null,
            type        text        not null collate "C",
            actor       text        not null collate "C",
            channel     text        collate "C",
            customer    uuid,
            constraint audit_events_g%1$s_pkey primary key (position)
        ) with (autovacuum_vacuum_insert_scale_factor = 0.05)
    $t$, generation);
    execute format('create index audit_events_g%1$s_type on read.audit_events_g%1$s (type, position)', generation);
    execute format('create index audit_events_g%1$s_actor on read.audit_events_g%1$s (actor, position)', generation);
    execute format('create index audit_events_g%1$s_channel on read.audit_events_g%1$s (channel, position) where channel is not null', generation);
    execute format('create index audit_events_g%1$s_customer on read.audit_events_g%1$s (customer, position) where customer is not null', generation);

    execute format($t$
        create table read.audit_blocks_g%1$s (
            block    bigint      not null, -- position / 4096
            earliest timestamptz not null,
            latest   timestamptz not null,
            constraint audit_blocks_g%1$s_pkey primary key (block)
        )
    $t$, generation);

    execute format($t$
        create table read.audit_streams_g%1$s (
            stream_id uuid not null,
            kind      text not null collate "C",
            name      text collate "C",
            customer  uuid,
            constraint audit_streams_g%1$s_pkey primary key (stream_id)
        )
    $t$, generation);
    execute format('create index audit_streams_g%1$s_kind on read.audit_streams_g%1$s (kind, name) where kind <> ''ticket''', generation);

    execute format($t$
        create table read.audit_equipment_g%1$s (
            serial_number text not null collate "C",
            stream_id     uuid not null,
            constraint audit_equipment_g%1$s_pkey primary key (serial_number, stream_id)
        )
    $t$, generation);
end $make$;

create function read.serve_audit_index(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $serve$
begin
    execute format('create or replace view read.audit_events as select * from read.audit_events_g%s', generation);
    execute format('create or replace view read.audit_blocks as select * from read.audit_blocks_g%s', generation);
    execute format('create or replace view read.audit_streams as select * from read.audit_streams_g%s', generation);
    execute format('create or replace view read.audit_equipment as select * from read.audit_equipment_g%s', generation);
end $serve$;

create function read.drop_audit_index(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $drop$
begin
    execute format('drop table if exists read.audit_events_g%1$s, read.audit_blocks_g%1$s, read.audit_streams_g%1$s, read.audit_equipment_g%1$s', generation);
end $drop$;

do $$
begin
    revoke execute on function read.make_audit_index, read.serve_audit_index, read.drop_audit_index from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant execute on function read.make_audit_index, read.serve_audit_index, read.drop_audit_index to service_orders_app;
end $$;

select read.make_audit_index(1);
select read.serve_audit_index(1);
