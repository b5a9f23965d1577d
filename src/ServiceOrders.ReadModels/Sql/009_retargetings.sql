-- Changes of rules that running tickets follow: a policy published for running tickets too, a corrected calendar. The row is written in the append of the change, so that neither is without the
-- other; then the nodes' workers, one job at a time, walk the running tickets in the order of their ids and keep here how far they are. This is no read model: nothing makes it anew.
create table read.retargetings (
    id           text        not null collate "C",  -- kind-name-version
    number       bigint      not null generated always as identity, -- rises: the order of lists
    kind         text        not null collate "C",  -- policy, calendar
    name         text        not null collate "C",
    version      integer     not null,
    requested_at timestamptz not null,
    next_at      timestamptz not null,              -- not worked on before
    started_at   timestamptz,
    finished_at  timestamptz,
    walk         smallint    not null default 1,    -- 1: every running ticket; 2: once more, for what was under way while the change came in force, and for what failed
    last_ticket  uuid        not null default '00000000-0000-0000-0000-000000000000', -- of this walk
    total        bigint      not null default 0,    -- tickets that ran when it began
    examined     bigint      not null default 0,
    changed      bigint      not null default 0,
    failed       bigint      not null default 0,
    failures     jsonb       not null default '[]', -- the first of them: [{"ticketId": …, "error": …}]
    constraint retargetings_pkey primary key (id),
    constraint retargetings_number unique (number),
    constraint retargetings_kind check (kind in ('policy', 'calendar'))
);
create index retargetings_unfinished on read.retargetings (next_at) where finished_at is null;
