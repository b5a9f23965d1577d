-- What an append needs beside the events, and the function that both append paths (the group writer and the due workers) go through.
--
-- Advisory locks, all in the key space of class 21327 ('SO'): 1 append, 2 generation, 3 migrations, 4 rebuild.
-- Lock order, the same everywhere: shared generation lock, unique keys in sorted order, streams in id order, due rows, append lock.

create table events.unique_keys (
    scope       text collate "C"         not null,
    value       bytea                    not null check (octet_length(value) between 1 and 64),
    stream_id   uuid                     not null,
    version     bigint                   not null,
    fingerprint bytea                    null,
    status      smallint                 not null,
    taken_at    timestamp with time zone not null,
    expires_at  timestamp with time zone null,
    primary key (scope, value)
) with (autovacuum_vacuum_scale_factor = 0.05);

create index unique_keys_expiring on events.unique_keys (expires_at) where expires_at is not null;

-- One row per stream: the next instant at which anything is to happen in it. next_try_at is due_at until a try failed.
create table events.due (
    stream_id   uuid                     not null primary key,
    due_at      timestamp with time zone not null,
    next_try_at timestamp with time zone not null,
    attempts    integer                  not null default 0 check (attempts >= 0),
    last_error  text                     null,
    check (next_try_at >= due_at)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_threshold = 5000);

create index due_by_next_try on events.due (next_try_at);

-- The current generation of the inline read models (name 'inline') and of each subscription's projection.
create table events.generations (
    name        text                     not null primary key,
    current     integer                  not null check (current > 0),
    switched_at timestamp with time zone not null default now()
);
insert into events.generations (name, current) values ('inline', 1);

-- The ordinals, from 1, of this transaction's appends that go. Inline tables restrict themselves to them:
--   where r.ordinal = any ((select events.accepted())::int[])
-- The sub-select makes PostgreSQL read the list once and not once per row.
create function events.accepted() returns integer[] language sql stable as
$$ select coalesce(nullif(current_setting('events.accepted', true), ''), '{}')::integer[] $$;

-- Per ordinal: the instant at which its events are recorded; -infinity where the append does not go.
create function events.recorded() returns timestamp with time zone[] language sql stable as
$$ select coalesce(nullif(current_setting('events.recorded', true), ''), '{}')::timestamp with time zone[] $$;

-- Decides a batch of appends and writes everything but inline rows and events. No two appends of a batch share a stream or a key.
-- Outcome codes: 0 goes, 1 stale version, 2 key taken, 3 archived, 4 stream busy elsewhere.
create function events.stage(
    generation integer,
    stream_ids uuid[], stream_types text[], expected bigint[], counts integer[], nows timestamp with time zone[],
    due_changes boolean[], due_ats timestamp with time zone[],
    key_ordinals integer[], key_scopes text[], key_values bytea[], key_fingerprints bytea[], key_statuses smallint[], key_expiries timestamp with time zone[],
    out codes smallint[], out versions bigint[], out recorded timestamp with time zone[],
    out taken_ordinals integer[], out taken_scopes text[], out taken_values bytea[],
    out holder_streams uuid[], out holder_versions bigint[], out holder_fingerprints bytea[], out holder_statuses smallint[])
language plpgsql as $$
#variable_conflict use_column
declare
    n integer := cardinality(stream_ids);
    own xid := pg_current_xact_id()::xid;
    serving integer;
    written bigint;
    found_row record;
    i integer;
begin
    perform pg_advisory_xact_lock_shared(21327, 2);
    select g.current into serving from events.generations g where g.name = 'inline';
    if serving is distinct from generation then
        raise exception 'The inline read models are at generation %.', serving using errcode = 'SO001', detail = serving::text;
    end if;

    codes := array_fill(4::smallint, array[n]);
    versions := array_fill(0::bigint, array[n]);
    recorded := array_fill('-infinity'::timestamp with time zone, array[n]);

    -- Keys. A conflicting row is locked by the upsert and stays as it is unless it has expired; xmin tells whose it is.
    if cardinality(key_ordinals) > 0 then
        insert into events.unique_keys as held (scope, value, stream_id, version, fingerprint, status, taken_at, expires_at)
        select k.scope, k.value, stream_ids[k.ordinal], expected[k.ordinal] + counts[k.ordinal], k.fingerprint, k.status, nows[k.ordinal], k.expires_at
        from unnest(key_ordinals, key_scopes, key_values, key_fingerprints, key_statuses, key_expiries) as k (ordinal, scope, value, fingerprint, status, expires_at)
        order by k.scope collate "C", k.value
        on conflict (scope, value) do update
            set stream_id = excluded.stream_id, version = excluded.version, fingerprint = excluded.fingerprint,
                status = excluded.status, taken_at = excluded.taken_at, expires_at = excluded.expires_at
            where held.expires_at <= excluded.taken_at;
        get diagnostics written = row_count;
        if written < cardinality(key_ordinals) then
            select array_agg(k.ordinal), array_agg(u.scope), array_agg(u.value), array_agg(u.stream_id), array_agg(u.version), array_agg(u.fingerprint), array_agg(u.status)
            into taken_ordinals, taken_scopes, taken_values, holder_streams, holder_versions, holder_fingerprints, holder_statuses
            from unnest(key_ordinals, key_scopes, key_values) as k (ordinal, scope, value)
            join events.unique_keys u on u.scope = k.scope collate "C" and u.value = k.value
            where u.xmin <> own;
            foreach i in array taken_ordinals loop codes[i] := 2; end loop;
        end if;
    end if;

    -- New streams. A conflict with a stream that another transaction is just making waits for it; all do so in id order.
    if 0 = any (expected) then
        insert into events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
        select a.id, a.type, a.count, a.now, a.now, '*DEFAULT*', false
        from unnest(stream_ids, stream_types, expected, counts, nows, codes) as a (id, type, expected, count, now, code)
        where a.expected = 0 and a.code = 4
        order by a.id
        on conflict (id) do nothing;
        get diagnostics written = row_count;
        if written = n then
            codes := array_fill(0::smallint, array[n]);
            versions := counts;
            recorded := nows;
        else
            for found_row in
                select a.ordinal::integer as ordinal, s.version, s.xmin = own as made
                from unnest(stream_ids, expected, codes) with ordinality as a (id, expected, code, ordinal)
                join events.mt_streams s on s.id = a.id
                where a.expected = 0 and a.code = 4
            loop
                i := found_row.ordinal;
                versions[i] := found_row.version;
                codes[i] := case when found_row.made then 0 else 1 end;
                if found_row.made then recorded[i] := nows[i]; end if;
            end loop;
        end if;
    end if;

    -- Existing streams. What someone else holds is left for the writer's next batch, so this never waits.
    if 0 < any (expected) then
        for found_row in
            select a.ordinal::integer as ordinal, s.version, s.timestamp, s.is_archived
            from unnest(stream_ids, expected, codes) with ordinality as a (id, expected, code, ordinal)
            join events.mt_streams s on s.id = a.id
            where a.expected > 0 and a.code = 4
            order by a.id
            for update of s skip locked
        loop
            i := found_row.ordinal;
            versions[i] := found_row.version;
            if found_row.is_archived then
                codes[i] := 3;
            elsif found_row.version <> expected[i] then
                codes[i] := 1;
            else
                codes[i] := 0;
                versions[i] := expected[i] + counts[i];
                recorded[i] := greatest(nows[i], found_row.timestamp);
            end if;
        end loop;
        if 4 = any (codes) then
            for found_row in
                select a.ordinal::integer as ordinal
                from unnest(stream_ids, codes) with ordinality as a (id, code, ordinal)
                where a.code = 4 and not exists (select from events.mt_streams s where s.id = a.id)
            loop
                codes[found_row.ordinal] := 1;
            end loop;
        end if;
        update events.mt_streams s set version = a.version, timestamp = a.recorded
        from unnest(stream_ids, expected, counts, codes, versions, recorded) as a (id, expected, count, code, version, recorded)
        where s.id = a.id and a.expected > 0 and a.count > 0 and a.code = 0;
    end if;

    -- An append that was refused leaves no key behind.
    if 0 <> any (codes) and cardinality(key_ordinals) > 0 then
        delete from events.unique_keys u
        using unnest(key_ordinals, key_scopes, key_values) as k (ordinal, scope, value)
        where u.scope = k.scope collate "C" and u.value = k.value and codes[k.ordinal] <> 0 and u.xmin = own;
    end if;

    if true = any (due_changes) then
        insert into events.due as d (stream_id, due_at, next_try_at)
        select a.id, a.due_at, a.due_at
        from unnest(stream_ids, due_changes, due_ats, codes) as a (id, changes, due_at, code)
        where a.changes and a.due_at is not null and a.code = 0
        order by a.id
        on conflict (stream_id) do update
            set due_at = excluded.due_at, next_try_at = excluded.due_at, attempts = 0, last_error = null
            where d.due_at <> excluded.due_at or d.attempts > 0;
        if 0 < any (expected) and array_position(due_ats, null) is not null then
            delete from events.due d
            using unnest(stream_ids, expected, due_changes, due_ats, codes) as a (id, expected, changes, due_at, code)
            where a.changes and a.due_at is null and a.expected > 0 and a.code = 0 and d.stream_id = a.id;
        end if;
    end if;

    perform set_config('events.recorded', recorded::text, true),
            set_config('events.accepted', (select coalesce(array_agg(a.ordinal), '{}') from unnest(codes) with ordinality as a (code, ordinal) where a.code = 0)::text, true);
end $$;
