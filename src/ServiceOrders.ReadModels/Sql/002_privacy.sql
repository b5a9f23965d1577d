-- Keys of data subjects, wrapped by the master key, which is not in the database. Erasing one makes everything sealed with it unreadable for ever.
create schema if not exists privacy;

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant usage on schema privacy to service_orders_app;
    -- No delete: an erased key leaves its row, so that everyone knows that it was erased.
    alter default privileges in schema privacy grant select, insert, update on tables to service_orders_app;
end $$;

create table privacy.subject_keys (
    subject_id    uuid primary key,
    wrapped_key   bytea,                 -- AES-256-GCM: nonce, ciphertext, tag, bound to the subject; null once erased
    master_key_id text not null,
    created_at    timestamptz not null,
    erased_at     timestamptz,
    constraint erased_means_gone check ((wrapped_key is null) = (erased_at is not null))
);

-- Which master key this database belongs to: one row, written at the first start.
create table privacy.master_key (
    only_row      boolean primary key default true check (only_row),
    id            text not null,
    first_used_at timestamptz not null
);
