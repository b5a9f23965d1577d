-- Who may call: channels and staff, one row each, written in the append of their stream. Looked up by the hash of the key at hand.
-- A plain SHA-256 is right here: keys are 256 random bits, so there is nothing to guess that a slow, salted hash would protect; and it is looked up on every request.
create schema if not exists read;

create table read.credentials (
    id             uuid        primary key,          -- the stream
    kind           text        not null collate "C", -- channel, staff
    name           text        not null collate "C",
    role           text        collate "C",          -- of staff
    medium         text        collate "C",          -- of a channel
    active         boolean     not null,             -- neither suspended nor deactivated
    key_hash       bytea       not null,
    previous_hash  bytea,                            -- the key before the last rotation
    previous_until timestamptz,                      -- until when it counts
    registered_at  timestamptz not null,
    key_since      timestamptz not null,
    version        bigint      not null,             -- of the stream
    constraint credentials_kind check (kind in ('channel', 'staff')),
    constraint credentials_name unique (kind, name),
    constraint credentials_hash check (octet_length(key_hash) = 32 and (previous_hash is null or octet_length(previous_hash) = 32)),
    constraint credentials_previous check ((previous_hash is null) = (previous_until is null))
);
create unique index credentials_key_hash on read.credentials (key_hash);
create index credentials_previous_hash on read.credentials (previous_hash) where previous_hash is not null;
