-- Streams and events in Marten 9's layout (names, types, key names; nothing added), and the rule that history only grows.
-- Marten must be run with AutoCreate.None on this database: its migration would drop what it does not know.

create table events.mt_streams (
    id          uuid                     not null,
    type        varchar                  null,
    version     bigint                   null,
    timestamp   timestamp with time zone not null default now(),
    created     timestamp with time zone not null default now(),
    tenant_id   varchar                  null default '*DEFAULT*',
    is_archived boolean                  null default false,
    constraint pkey_mt_streams_id primary key (id)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.02);

create sequence events.mt_events_sequence as bigint cache 1;

create table events.mt_events (
    seq_id         bigint                   not null,
    id             uuid                     not null,
    stream_id      uuid                     null,
    version        bigint                   not null,
    data           jsonb                    not null,
    bdata          bytea                    null,
    type           varchar(500)             not null,
    timestamp      timestamp with time zone not null default now(),
    tenant_id      varchar                  null default '*DEFAULT*',
    mt_dotnet_type varchar                  null,
    correlation_id varchar                  null,
    causation_id   varchar                  null,
    headers        jsonb                    null,
    user_name      varchar                  null,
    is_archived    boolean                  null default false,
    constraint pkey_mt_events_seq_id primary key (seq_id),
    constraint fkey_mt_events_stream_id foreign key (stream_id) references events.mt_streams (id) on delete cascade
) with (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

alter sequence events.mt_events_sequence owned by events.mt_events.seq_id;

create unique index pk_mt_events_stream_and_version on events.mt_events (stream_id, version);

create table events.mt_event_progression (
    name         varchar                  not null,
    last_seq_id  bigint                   null,
    last_updated timestamp with time zone null default transaction_timestamp(),
    constraint pk_mt_event_progression primary key (name)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

create table events.mt_high_water_skips (
    ending_sequence   bigint                   not null,
    starting_sequence bigint                   not null,
    timestamp         timestamp with time zone null default transaction_timestamp(),
    constraint pkey_mt_high_water_skips_ending_sequence primary key (ending_sequence)
);

create function events.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'History only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

-- Marten archives a stream by setting is_archived on its events; nothing else of an event ever changes.
create trigger events_unchanged before update on events.mt_events for each row
    when (new.is_archived is not distinct from old.is_archived
        or row(new.seq_id, new.id, new.stream_id, new.version, new.data, new.bdata, new.type, new.timestamp, new.tenant_id,
               new.mt_dotnet_type, new.correlation_id, new.causation_id, new.headers, new.user_name)
        is distinct from
           row(old.seq_id, old.id, old.stream_id, old.version, old.data, old.bdata, old.type, old.timestamp, old.tenant_id,
               old.mt_dotnet_type, old.correlation_id, old.causation_id, old.headers, old.user_name))
    execute function events.refuse();
create trigger events_not_deleted before delete on events.mt_events for each row execute function events.refuse();
create trigger events_not_truncated before truncate on events.mt_events for each statement execute function events.refuse();
create trigger streams_not_deleted before delete on events.mt_streams for each row execute function events.refuse();
create trigger streams_not_truncated before truncate on events.mt_streams for each statement execute function events.refuse();
