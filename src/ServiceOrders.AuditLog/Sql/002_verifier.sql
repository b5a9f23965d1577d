-- What verifications looked at, and what they found. A finding stays when it is no longer found: that something was wrong for a time is itself worth knowing.

create table audit.verifications (
    id            bigint generated always as identity primary key,
    -- Who wanted it: continuous (the service itself) or requested.
    cause         text                     not null check (cause in ('continuous', 'requested')),
    state         text                     not null check (state in ('waiting', 'running', 'done', 'failed', 'interrupted')),
    requested_by  text                     null,
    requested_at  timestamp with time zone not null,
    started_at    timestamp with time zone null,
    finished_at   timestamp with time zone null,
    node          text                     null,
    -- The log's size when it began, and how far it has come.
    size          bigint                   not null default 0,
    leaves        bigint                   not null default 0,
    events        bigint                   not null default 0,
    deleted       bigint                   not null default 0,
    checkpoints   bigint                   not null default 0,
    outside_checkpoints bigint             not null default 0,
    not_yet_protected bigint               null,
    findings      bigint                   not null default 0,
    error         text                     null
);
create index verifications_waiting on audit.verifications (id) where state = 'waiting';
-- The last one that was done, and the last one that ended, are asked for by when they ended.
create index verifications_ended on audit.verifications (finished_at) where state in ('done', 'failed');

create table audit.findings (
    id               bigint generated always as identity primary key,
    -- The same thing found again is the same finding.
    fingerprint      text                     not null unique,
    kind             text                     not null,
    subject          text                     not null,
    leaf_index       bigint                   null,
    position         bigint                   null,
    stream_id        uuid                     null,
    version          bigint                   null,
    detail           text                     not null,
    found_at         timestamp with time zone not null,
    run_id           bigint                   not null references audit.verifications (id),
    last_found_at    timestamp with time zone not null,
    last_run_id      bigint                   not null references audit.verifications (id)
);
create index findings_by_last_run on audit.findings (last_run_id);

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant select, insert, update on audit.verifications, audit.findings to service_orders_app;
end $$;
