-- Every version of every policy, calendar and set of classification rules, written in the append of its stream. Nodes make their rulebooks from it.
create schema if not exists read;

create table read.settings (
    kind           text        not null collate "C", -- policy, calendar, classification_rules
    name           text        not null collate "C",
    version        integer     not null,             -- of the policy, calendar or rules
    stream_id      uuid        not null,
    stream_version bigint      not null,             -- of the event that changed this row last
    status         text        not null collate "C", -- draft, published, retired
    effective_from timestamptz,                      -- policies: from when it binds tickets that are opened; null for a draft
    retired_from   timestamptz,                      -- policies: from when it binds none any more
    saved_at       timestamptz not null,
    body           jsonb       not null,             -- the definition in the API's form
    constraint settings_pkey primary key (kind, name, version),
    constraint settings_kind check (kind in ('policy', 'calendar', 'classification_rules')),
    constraint settings_status check (status in ('draft', 'published', 'retired')),
    constraint settings_version check (version > 0 and stream_version > 0)
);
