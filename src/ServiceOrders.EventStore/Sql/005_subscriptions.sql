-- Whether a subscription runs; its position is in mt_event_progression, beside those of Marten's own daemon.
create table events.subscriptions (
    name             text                     not null primary key,
    state            text                     not null default 'running' check (state in ('running', 'stopped')),
    stopped_position bigint                   null,
    stopped_at       timestamp with time zone null,
    error            text                     null
);

-- A rebuild that is under way or was interrupted: how far it has come, so that it can be resumed.
create table events.rebuilds (
    name         text                     not null primary key,
    generation   integer                  not null,
    -- Events up to here are in what was folded; streams that changed later are folded again.
    position     bigint                   not null,
    -- The last stream of the first pass.
    last_stream  uuid                     not null,
    streams      bigint                   not null default 0,
    events       bigint                   not null default 0,
    first_pass_done boolean               not null default false,
    started_at   timestamp with time zone not null default now()
);

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant select, insert, update, delete on events.subscriptions, events.rebuilds to service_orders_app;
    grant update, insert on events.generations to service_orders_app;
end $$;
