-- The logins of a production database, to be run once by a superuser after the service's migrations, again whenever they changed:
--     psql "$DATABASE" -v ON_ERROR_STOP=1 -f deploy/roles.sql
-- No password stands here. Give each login its own afterwards: psql "$DATABASE" -c '\password service_orders_bi'
--
-- The migrations themselves make and keep up two groups without a login, service_orders_app (appends and reads, never changes history) and
-- service_orders_reader (reads schema reporting); this file adds the people and programs that belong to them. It changes nothing when run twice.

do $$
declare
    login text;
begin
    foreach login in array array['service_orders', 'service_orders_bi', 'service_orders_auditor'] loop
        if not exists (select from pg_roles where rolname = login) then
            execute format('create role %I login', login);
        end if;
    end loop;
    if not exists (select from pg_roles where rolname = 'service_orders_app') or not exists (select from pg_roles where rolname = 'service_orders_reader') then
        raise exception 'Run the migrations first (service-orders migrate, or a first start of the service).';
    end if;
end $$;

-- The service, where its owner's rights are kept for the migrations alone: the owner runs "service-orders migrate" before a new version starts; a service under this login that
-- finds a script missing says so and ends. Rebuilds need no more than this login: the functions that make, serve and drop their tables run with the owner's rights.
grant service_orders_app to service_orders;
grant service_orders_reader to service_orders;

-- BI tools (row M6): the tables and views of schema reporting, read-only. A snapshot that an analyst forgets to close would keep every table from being cleaned
-- up; so statements, idle transactions and idle sessions end by themselves.
grant service_orders_reader to service_orders_bi;
alter role service_orders_bi set default_transaction_read_only = on;
alter role service_orders_bi set statement_timeout = '2min';
alter role service_orders_bi set idle_in_transaction_session_timeout = '30s';
alter role service_orders_bi set idle_session_timeout = '30min';
alter role service_orders_bi set search_path = reporting;
alter role service_orders_bi connection limit 20;

-- Auditors (rows A1, A2): the events themselves and the audit log, read-only: what "service-orders audit verify" needs. Personal data in them is sealed, and the keys
-- (schema privacy) are not theirs.
grant service_orders_reader to service_orders_auditor;
grant usage on schema events to service_orders_auditor;
grant select on events.mt_streams, events.mt_events to service_orders_auditor;
grant usage on schema audit to service_orders_auditor;
grant select on all tables in schema audit to service_orders_auditor;
alter role service_orders_auditor set default_transaction_read_only = on;
alter role service_orders_auditor set statement_timeout = '10min';
alter role service_orders_auditor set idle_in_transaction_session_timeout = '1min';
alter role service_orders_auditor set idle_session_timeout = '30min';
alter role service_orders_auditor connection limit 5;
