-- Due workers: claiming, and putting off what failed.

create index due_put_off on events.due (stream_id) where attempts > 0;

-- Locks a batch of due streams for this transaction and tells what is due in them. The lock is the lease: a crash frees it.
-- Nothing here waits but for the generation lock. Custom plans, because a generic one does not know how small the batch is.
create function events.claim(now timestamp with time zone, batch integer, max_events bigint, wanted uuid[])
returns table (generation integer, stream_id uuid, stream_type text, version bigint, due_at timestamp with time zone, attempts integer)
language plpgsql set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    locked uuid[];
    serving integer;
begin
    perform pg_advisory_xact_lock_shared(21327, 2);
    select g.current into serving from events.generations g where g.name = 'inline';
    if wanted is null then
        select array_agg(l.id) into locked from (
            select s.id from events.due d join events.mt_streams s on s.id = d.stream_id
            where d.next_try_at < now order by d.next_try_at limit batch
            for update of s skip locked) l;
    else
        select array_agg(l.id) into locked from (
            select s.id from events.mt_streams s where s.id = any (wanted) order by s.id for update of s skip locked) l;
    end if;

    -- Only now, under the lock, the due rows can be relied on.
    select array_agg(c.stream_id) into locked from (
        select d.stream_id, sum(s.version) over (order by d.next_try_at, d.stream_id) - s.version as before
        from events.due d join events.mt_streams s on s.id = d.stream_id
        where d.stream_id = any (locked) and d.next_try_at < now) c
    where c.before < max_events;
    perform set_config('events.claimed', coalesce(locked, '{}')::text, true);

    return query select serving, d.stream_id, s.type::text, s.version, d.due_at, d.attempts
        from events.due d join events.mt_streams s on s.id = d.stream_id
        where d.stream_id = any (locked) order by d.next_try_at, d.stream_id;
end $$;

-- The streams that this transaction has claimed.
create function events.claimed() returns uuid[] language sql stable as
$$ select coalesce(nullif(current_setting('events.claimed', true), ''), '{}')::uuid[] $$;
