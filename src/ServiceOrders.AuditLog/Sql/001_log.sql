-- The audit log: a Merkle tree (RFC 9162, 2.1) over every event, in the order of its position. What is here only grows: a row is extended, never changed or removed.
-- Whoever switches the triggers off is found by the verifier, and against a checkpoint outside of this database even where all of it was written anew.

create schema audit;

create function audit.refuse() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'The audit log only grows: % of %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'SO002';
end $$;

-- Which log this is: part of every checkpoint, so that those of different databases are never mistaken for each other. A restored backup is the same log.
create table audit.log (
    single     boolean                  not null primary key default true check (single),
    id         text                     not null check (id ~ '^[0-9a-f]{16}$'),
    created_at timestamp with time zone not null default now()
);
insert into audit.log (id) select left(encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex'), 16);
create trigger log_unchanged before update or delete on audit.log for each row execute function audit.refuse();
create trigger log_not_truncated before truncate on audit.log for each statement execute function audit.refuse();

-- 256 leaves a row, the last one partial: the events' positions and their leaf hashes, 32 bytes each. Leaf i is entry i % 256 of tile i / 256.
create table audit.leaf_tiles (
    tile           bigint   not null primary key check (tile >= 0),
    first_position bigint   not null,
    positions      bigint[] not null,
    hashes         bytea    not null,
    check (cardinality(positions) between 1 and 256),
    check (octet_length(hashes) = 32 * cardinality(positions)),
    check (first_position = positions[1])
) with (fillfactor = 90, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 500, toast.autovacuum_vacuum_scale_factor = 0.01);
-- Hashes do not compress.
alter table audit.leaf_tiles alter column hashes set storage external;
create unique index leaf_tiles_by_position on audit.leaf_tiles (first_position);

-- The roots of full tiles one level down (leaf tiles are level 0): entry i of tile t at level n is the root of tile t * 256 + i at level n - 1.
create table audit.node_tiles (
    level  smallint not null check (level between 1 and 7),
    tile   bigint   not null check (tile >= 0),
    hashes bytea    not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
    primary key (level, tile)
) with (fillfactor = 90);
alter table audit.node_tiles alter column hashes set storage external;

create function audit.extend_leaf_tile() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if new.tile <> old.tile or octet_length(new.hashes) <= octet_length(old.hashes)
        or substring(new.hashes for octet_length(old.hashes)) <> old.hashes or new.positions[1:cardinality(old.positions)] <> old.positions
    then
        raise exception 'The audit log only grows: leaf tile % can only be extended.', old.tile using errcode = 'SO002';
    end if;
    return new;
end $$;
create trigger leaf_tiles_extended before update on audit.leaf_tiles for each row execute function audit.extend_leaf_tile();
create trigger leaf_tiles_not_deleted before delete on audit.leaf_tiles for each row execute function audit.refuse();
create trigger leaf_tiles_not_truncated before truncate on audit.leaf_tiles for each statement execute function audit.refuse();

create function audit.extend_node_tile() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if new.level <> old.level or new.tile <> old.tile or octet_length(new.hashes) <= octet_length(old.hashes)
        or substring(new.hashes for octet_length(old.hashes)) <> old.hashes
    then
        raise exception 'The audit log only grows: node tile % of level % can only be extended.', old.tile, old.level using errcode = 'SO002';
    end if;
    return new;
end $$;
create trigger node_tiles_extended before update on audit.node_tiles for each row execute function audit.extend_node_tile();
create trigger node_tiles_not_deleted before delete on audit.node_tiles for each row execute function audit.refuse();
create trigger node_tiles_not_truncated before truncate on audit.node_tiles for each statement execute function audit.refuse();

-- The keys that checkpoints are signed with: the newest (highest serial) is the one in use.
create table audit.keys (
    id            text                     not null primary key check (id ~ '^[0-9a-f]{16}$'),
    serial        integer                  not null unique check (serial > 0),
    -- SubjectPublicKeyInfo, DER.
    public_key    bytea                    not null,
    introduced_at timestamp with time zone not null,
    -- That it takes over, as the key before it and it itself signed it: what a verifier follows from a key that it knows. Null: the first one.
    handover      text                     null
);
create trigger keys_unchanged before update or delete on audit.keys for each row execute function audit.refuse();
create trigger keys_not_truncated before truncate on audit.keys for each statement execute function audit.refuse();

-- What was signed. The note is what is sent outside, byte for byte.
create table audit.checkpoints (
    size      bigint                   not null primary key check (size > 0),
    root      bytea                    not null check (octet_length(root) = 32),
    signed_at timestamp with time zone not null,
    -- The position of the last event in it.
    position  bigint                   not null,
    key_id    text                     not null references audit.keys (id),
    note      text                     not null
);
create index checkpoints_by_position on audit.checkpoints (position);
create index checkpoints_by_time on audit.checkpoints (signed_at);

-- A checkpoint is no older than the one before: else one that is dated back would make what it covers look as if it had been kept for years.
create function audit.grow_checkpoints() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from audit.checkpoints c where c.size >= new.size) then
        raise exception 'The audit log only grows: a checkpoint of % events or more exists.', new.size using errcode = 'SO002';
    end if;
    if new.signed_at < (select c.signed_at from audit.checkpoints c order by c.size desc limit 1) then
        raise exception 'The audit log only grows: the checkpoint of % events is older than the one before.', new.size using errcode = 'SO002';
    end if;
    return new;
end $$;
create trigger checkpoints_grow before insert on audit.checkpoints for each row execute function audit.grow_checkpoints();
create trigger checkpoints_unchanged before update or delete on audit.checkpoints for each row execute function audit.refuse();
create trigger checkpoints_not_truncated before truncate on audit.checkpoints for each statement execute function audit.refuse();

-- How far each place outside has been told.
create table audit.sinks (
    sink        text                     not null primary key,
    -- The largest checkpoint that it has; 0: none.
    size        bigint                   not null default 0,
    sent_at     timestamp with time zone null,
    attempts    integer                  not null default 0,
    next_try_at timestamp with time zone not null default '2000-01-01T00:00:00Z',
    last_error  text                     null
);

-- Why a node signs nothing; no row: nothing is in the way.
create table audit.refusals (
    node   text                     not null primary key,
    kind   text                     not null,
    detail text                     not null,
    since  timestamp with time zone not null
);

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    grant usage on schema audit to service_orders_app;
    grant select on audit.log to service_orders_app;
    grant select, insert, update (positions, hashes) on audit.leaf_tiles to service_orders_app;
    grant select, insert, update (hashes) on audit.node_tiles to service_orders_app;
    grant select, insert on audit.keys, audit.checkpoints to service_orders_app;
    grant select, insert, update, delete on audit.sinks, audit.refusals to service_orders_app;
end $$;
