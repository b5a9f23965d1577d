-- The role that the service itself may run under. It can append and read; it cannot change or remove history.
-- Where the migrating user may not make roles (a managed server), an administrator runs: create role service_orders_app nologin;
-- and the grants below once; the service works under the migrating user until then.
do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then
        create role service_orders_app nologin;
    end if;
exception
    when insufficient_privilege then raise notice 'Role service_orders_app was not made: no privilege.';
    when duplicate_object or unique_violation then null; -- another database of this server was faster
end $$;

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant usage on schema events to service_orders_app;
    grant select, insert on events.mt_events to service_orders_app;
    grant update (is_archived) on events.mt_events to service_orders_app;
    grant select, insert, update on events.mt_streams to service_orders_app;
    grant select, insert, update, delete on events.mt_event_progression, events.unique_keys, events.due to service_orders_app;
    grant select on events.mt_high_water_skips, events.generations, events.schema_versions to service_orders_app;
    grant usage, select on sequence events.mt_events_sequence to service_orders_app;
end $$;
