-- What BI reads: typed tables, one row per thing, no JSON. Filled by subscription, so they follow the appends by moments; service_orders_reader may read them and nothing else.
create schema if not exists reporting;

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_reader') then
        create role service_orders_reader nologin;
    end if;
exception
    when insufficient_privilege then raise notice 'Role service_orders_reader was not made: no privilege.';
    when duplicate_object or unique_violation then null; -- another database of this server was faster
end $$;

do $$
begin
    if exists (select from pg_roles where rolname = 'service_orders_app') then
        grant usage on schema reporting to service_orders_app;
        alter default privileges in schema reporting grant select, insert, update, delete on tables to service_orders_app;
    end if;
    if exists (select from pg_roles where rolname = 'service_orders_reader') then
        grant usage on schema reporting to service_orders_reader;
        alter default privileges in schema reporting grant select on tables to service_orders_reader;
    end if;
end $$;

-- Like those of read.tickets these three run with their owner's rights.
create function reporting.make_milestones(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    execute format($t$
        create table reporting.milestones_g%1$s (
            ticket_id           uuid          not null,
            milestone           text          not null,
            cycle               integer       not null,
            number              text          not null,
            state               text          not null,
            policy              text          not null,
            policy_version      integer       not null,
            calendar            text          not null,
            calendar_version    integer       not null,
            target_elapsed      text,
            target_working      text,
            target_working_days integer,
            target_agreed       text,
            provisional         boolean       not null,
            kind                text          not null,
            urgency             text          not null,
            complexity          text          not null,
            tier                text          not null,
            channel             text          not null,
            medium              text          not null,
            region              text,
            team                text,
            assignee            text,
            product_model       text,
            opened_at           timestamptz   not null,
            started_at          timestamptz   not null,
            due_at              timestamptz   not null,
            first_due_at        timestamptz   not null,
            retargets           integer       not null,
            warnings            integer       not null,
            pauses              integer       not null,
            paused_seconds      numeric(20,6) not null,
            paused_since        timestamptz,
            met_at              timestamptz,
            breached_at         timestamptz,
            breach_settled_at   timestamptz,
            overrun_seconds     numeric(20,6),
            ended_at            timestamptz,
            ended_by            text,
            in_time             boolean,
            historical          boolean       not null,
            constraint milestones_g%1$s_pkey primary key (ticket_id, milestone, cycle)
        ) with (autovacuum_vacuum_scale_factor = 0.05)
    $t$, generation);
    execute format('create index milestones_g%1$s_started on reporting.milestones_g%1$s (milestone, started_at)', generation);
    execute format('create index milestones_g%1$s_breached on reporting.milestones_g%1$s (breached_at) where breached_at is not null', generation);
end $make$;

create function reporting.serve_milestones(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $serve$
begin
    execute format('create or replace view reporting.milestones as select * from reporting.milestones_g%s', generation);
end $serve$;

create function reporting.drop_milestones(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $drop$
begin
    execute format('drop table if exists reporting.milestones_g%s', generation);
end $drop$;

do $$
begin
    revoke execute on function reporting.make_milestones, reporting.serve_milestones, reporting.drop_milestones from public;
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant execute on function reporting.make_milestones, reporting.serve_milestones, reporting.drop_milestones to service_orders_app;
end $$;

select reporting.make_milestones(1);
select reporting.serve_milestones(1);
