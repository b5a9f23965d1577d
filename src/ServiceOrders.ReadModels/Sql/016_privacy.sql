-- Changing the master key, and what keeps a subject from being erased, where there are very many keys or tickets.

-- What a key on its way out still wraps is found without reading what was wrapped anew already, and so is that nothing is.
create index subject_keys_wrapping on privacy.subject_keys (master_key_id, subject_id) where wrapped_key is not null;

-- As before, but by that index: the table is locked while it is looked. And a key that was retired never comes into force again, whoever asks for it.
create or replace function privacy.finish_rotation(ordinals integer[], old_id text, new_id text, at timestamptz) returns void language plpgsql set search_path = pg_catalog, pg_temp as $finish$
begin
    if not (ordinals[1] = any (events.accepted())) then return; end if;
    lock table privacy.subject_keys, privacy.secrets in share row exclusive mode;
    if exists (select from privacy.retired_master_keys r where r.id = new_id) then
        raise exception 'Master key % was retired.', new_id using errcode = 'SO006';
    end if;
    if exists (select from privacy.subject_keys k where k.wrapped_key is not null and k.master_key_id < new_id)
        or exists (select from privacy.subject_keys k where k.wrapped_key is not null and k.master_key_id > new_id)
        or exists (select from privacy.secrets s where s.master_key_id <> new_id)
    then
        raise exception 'Keys are left that were wrapped by another master key.' using errcode = 'SO006';
    end if;
    update privacy.master_key m set id = new_id, next_id = null, rotation_started_at = null, first_used_at = at where m.id = old_id and m.next_id = new_id;
    if not found then raise exception 'The master key is not being changed from % to %.', old_id, new_id using errcode = 'SO006'; end if;
    insert into privacy.retired_master_keys (id, retired_at) values (old_id, at);
    perform pg_notify('service_orders_privacy', 'master-key');
end $finish$;

-- Without a search path of its own, so that it becomes part of the statement that asks: whether there is any obstacle is answered by the first one. All names say their schema; those of operators are
-- found in pg_catalog first, as always. A state is read as JSON only where the member's name is in its text.
create or replace function privacy.erasure_obstacles(subject uuid) returns table (ticket_id uuid, number text, obstacle text) language sql stable as $$
    select t.id, t.number, case when t.doc::jsonb operator(pg_catalog.?) 'legalHold' then 'legalHold' else 'open' end
    from (
        select own.id, own.number, own.doc from read.tickets own where own.id = subject and own.subject_id = subject
        union all
        select its.id, its.number, its.doc from read.tickets its where its.subject_id = subject and its.subject_id <> its.id) t
    left join read.queue q on q.id = t.id
    where q.status not in ('closed', 'cancelled') or case when pg_catalog.strpos(t.doc, '"legalHold"') > 0 then t.doc::jsonb operator(pg_catalog.?) 'legalHold' else false end
$$;
