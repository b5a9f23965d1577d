-- Erasing a data subject, and changing the master key.

-- A customer who was erased and comes back gets a new subject, for the old one's key is gone for ever.
alter table privacy.subject_keys
    add column customer_id uuid,                       -- the customer's file; null for a ticket that is its own subject
    add column cleared_at timestamptz,                 -- when the last of its tickets was told of the erasure
    add column cleared_tickets integer not null default 0;

update privacy.subject_keys k set customer_id = k.subject_id where not exists (select from events.mt_streams s where s.id = k.subject_id);

create unique index subject_keys_living_customer on privacy.subject_keys (customer_id) where customer_id is not null and erased_at is null;
-- Subjects are looked up by customer also when they were erased.
create index subject_keys_customer on privacy.subject_keys (customer_id) where customer_id is not null;
create index subject_keys_to_clear on privacy.subject_keys (erased_at) where erased_at is not null and cleared_at is null;

-- The tickets of a customer. A ticket without one is its own subject, and found by its id.
create function read.add_ticket_subjects(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $add$
begin
    execute format('create index tickets_g%1$s_subject on read.tickets_g%1$s (subject_id, id) where subject_id <> id', generation);
end $add$;

alter function read.make_ticket_tables(integer) rename to make_ticket_tables_008;
create function read.make_ticket_tables(generation integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $make$
begin
    perform read.make_ticket_tables_008(generation);
    perform read.add_ticket_subjects(generation);
end $make$;

do $$
declare
    generation integer;
begin
    revoke execute on function read.make_ticket_tables, read.add_ticket_subjects from public;
    if exists (select from pg_roles where rolname = 'service_orders_app') then
        revoke execute on function read.make_ticket_tables_008 from service_orders_app;
        grant execute on function read.make_ticket_tables to service_orders_app;
    end if;
    for generation in
        select substring(c.relname from '[0-9]+$')::integer from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'read' and c.relkind = 'r' and c.relname ~ '^tickets_g[0-9]+$'
    loop
        perform read.add_ticket_subjects(generation);
    end loop;
end $$;

-- Why a subject cannot be erased: its tickets that are neither closed nor cancelled, or under legal hold. What is archived is in no queue.
-- Without a search path of its own, so that it becomes part of the statement that asks: whether there is any obstacle is answered by the first one. All names say their schema; those of operators are
-- found in pg_catalog first, as always. A state is read as JSON only where the member's name is in its text.
create function privacy.erasure_obstacles(subject uuid) returns table (ticket_id uuid, number text, obstacle text) language sql stable as $$
    select t.id, t.number, case when t.doc::jsonb operator(pg_catalog.?) 'legalHold' then 'legalHold' else 'open' end
    from (
        select own.id, own.number, own.doc from read.tickets own where own.id = subject and own.subject_id = subject
        union all
        select its.id, its.number, its.doc from read.tickets its where its.subject_id = subject and its.subject_id <> its.id) t
    left join read.queue q on q.id = t.id
    where q.status not in ('closed', 'cancelled') or case when pg_catalog.strpos(t.doc, '"legalHold"') > 0 then t.doc::jsonb operator(pg_catalog.?) 'legalHold' else false end
$$;

-- Passed by every append that may seal something new for a subject that could be erased meanwhile (a customer's new ticket, an act on a ticket that has ended), and by the erasure itself: either the
-- append was there before and the erasure sees it, or it finds the subject erased and is refused. Locks of class 21328, by subject, are taken here and nowhere else, in one order.
create function privacy.pass_gate(all_ordinals integer[], all_subjects uuid[], all_erases boolean[], all_ats timestamptz[]) returns void language plpgsql set search_path = pg_catalog, pg_temp as $gate$
declare
    accepted integer[] := events.accepted();
    passing record;
begin
    for passing in
        select hashtext(g.subject::text) as hash, bool_or(g.erases) as erases
        from unnest(all_ordinals, all_subjects, all_erases) as g (ordinal, subject, erases) where g.ordinal = any (accepted) group by 1 order by 1
    loop
        if passing.erases then perform pg_advisory_xact_lock(21328, passing.hash);
        else perform pg_advisory_xact_lock_shared(21328, passing.hash);
        end if;
    end loop;

    -- Each statement sees what was committed until now. An append of the same batch as the erasure is not seen by it: apart, one of them is first.
    if exists (select from unnest(all_ordinals, all_subjects, all_erases) as g (ordinal, subject, erases)
               where g.ordinal = any (accepted) and not g.erases
                 and (exists (select from privacy.subject_keys k where k.subject_id = g.subject and k.erased_at is not null)
                      or exists (select from unnest(all_ordinals, all_subjects, all_erases) as e (ordinal, subject, erases) where e.subject = g.subject and e.erases and e.ordinal = any (accepted))))
    then
        raise exception 'The personal data of a subject was erased.' using errcode = 'SO002';
    end if;

    for passing in
        select g.subject, g.at from unnest(all_ordinals, all_subjects, all_erases, all_ats) as g (ordinal, subject, erases, at) where g.ordinal = any (accepted) and g.erases
    loop
        if exists (select from privacy.erasure_obstacles(passing.subject)) then
            raise exception 'The subject has tickets that must be kept.' using errcode = 'SO003';
        end if;
        update privacy.subject_keys set wrapped_key = null, erased_at = passing.at where subject_id = passing.subject and erased_at is null;
        if not found then raise exception 'The personal data of a subject was erased.' using errcode = 'SO002'; end if;
        perform pg_notify('service_orders_privacy', 'subject ' || passing.subject);
    end loop;
end $gate$;

-- The master key. next_id is set while keys are being wrapped anew; an id that is neither is refused, so that a process which was started with an old key cannot write what nobody could open.
alter table privacy.master_key
    add column next_id text,
    add column rotation_started_at timestamptz;

-- What a key on its way out still wraps is found without reading what was wrapped anew already, and so is that nothing is.
create index subject_keys_wrapping on privacy.subject_keys (master_key_id, subject_id) where wrapped_key is not null;

create table privacy.retired_master_keys (
    id         text        primary key,
    retired_at timestamptz not null
);

-- Small secrets of the service itself, wrapped by the master key, each bound to its name.
create table privacy.secrets (
    name          text        primary key,
    wrapped       bytea       not null,
    master_key_id text        not null,
    created_at    timestamptz not null
);

create function privacy.check_master_key() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $check$
begin
    if tg_table_name = 'subject_keys' then
        if exists (select from written w where w.wrapped_key is not null and not exists (select from privacy.master_key m where w.master_key_id in (m.id, m.next_id))) then
            raise exception 'A key was wrapped by a master key that is not in force.' using errcode = 'SO005';
        end if;
    elsif exists (select from written w where not exists (select from privacy.master_key m where w.master_key_id in (m.id, m.next_id))) then
        raise exception 'A secret was wrapped by a master key that is not in force.' using errcode = 'SO005';
    end if;
    return null;
end $check$;

create trigger subject_keys_inserted after insert on privacy.subject_keys referencing new table as written for each statement execute function privacy.check_master_key();
create trigger subject_keys_updated after update on privacy.subject_keys referencing new table as written for each statement execute function privacy.check_master_key();
create trigger secrets_inserted after insert on privacy.secrets referencing new table as written for each statement execute function privacy.check_master_key();
create trigger secrets_updated after update on privacy.secrets referencing new table as written for each statement execute function privacy.check_master_key();

-- Ends a change of the master key, in the append of its event: from here on the old key is in force no more. Writers of keys are waited for; refused while anything is left that only the old key opens,
-- which is looked for by the index, with the table locked. A key that was retired never comes into force again, whoever asks for it.
create function privacy.finish_rotation(ordinals integer[], old_id text, new_id text, at timestamptz) returns void language plpgsql set search_path = pg_catalog, pg_temp as $finish$
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

do $$
begin
    if not exists (select from pg_roles where rolname = 'service_orders_app') then return; end if;
    revoke update on privacy.retired_master_keys from service_orders_app;
end $$;
