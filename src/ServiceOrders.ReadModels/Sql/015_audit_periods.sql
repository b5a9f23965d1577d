-- Where a period ends in the auditors' search. recorded_high cannot tell: after one event of a clock that was ahead it is beyond every period. So each 4,096 positions' earliest time is read off an
-- index; the last block with anything earlier than the period's end is where the search ends, whatever the clocks said.
create or replace function read.make_audit_index(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    execute format($t$
        create table read.audit_events_g%1$s (
            position      bigint      not null,
            stream_id     uuid        not null,
            recorded_at   timestamptz not null,
            recorded_high timestamptz not null,
            type          text        not null collate "C",
            actor         text        not null collate "C",
            channel       text        collate "C",
            customer      uuid,
            constraint audit_events_g%1$s_pkey primary key (position)
        ) with (autovacuum_vacuum_insert_scale_factor = 0.05)
    $t$, generation);
    execute format('create index audit_events_g%1$s_type on read.audit_events_g%1$s (type, position)', generation);
    execute format('create index audit_events_g%1$s_actor on read.audit_events_g%1$s (actor, position)', generation);
    execute format('create index audit_events_g%1$s_channel on read.audit_events_g%1$s (channel, position) where channel is not null', generation);
    execute format('create index audit_events_g%1$s_customer on read.audit_events_g%1$s (customer, position) where customer is not null', generation);
    execute format('create index audit_events_g%1$s_recorded on read.audit_events_g%1$s (recorded_high, position)', generation);
    execute format('create index audit_events_g%1$s_earliest on read.audit_events_g%1$s ((position / 4096), recorded_at)', generation);

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

-- The generations that are there.
do $$
declare
    generation text;
begin
    for generation in select substring(c.relname from '^audit_events_g([0-9]+)$') from pg_class c where c.relnamespace = 'read'::regnamespace and c.relkind = 'r' and c.relname ~ '^audit_events_g[0-9]+$' loop
        execute format('create index audit_events_g%1$s_earliest on read.audit_events_g%1$s ((position / 4096), recorded_at)', generation);
    end loop;
end $$;

-- Closings, which the monthly samples are drawn from: the events themselves are read, no index that the service's own login may change.
create index closings on events.mt_events (timestamp, seq_id) where type = 'ticket_closed';
-- The months' seeds: whether a month is the first one.
create index sample_seeds on events.mt_events (seq_id) where type = 'sample_seed_fixed';
