-- Runs of retention: one a day, and those that were asked for. A row is a job, no view of events: the nodes' workers, one at a time, save in it how far it is, in the transaction of each page.
-- What a run did is told by its records, the events of its stream.
create table read.retention_runs (
    number       bigint      not null primary key generated always as identity,
    id           uuid        not null unique,      -- the stream of its records
    day          date        unique,               -- of the daily run; null: asked for
    requested_by text        not null collate "C", -- a member of staff, or the clock
    requested_at timestamptz not null,
    dry_run      boolean     not null,
    finished_at  timestamptz,
    step         bigint      not null default 0,   -- rises with each page
    progress     jsonb       not null default '{}'
);
create index retention_runs_unfinished on read.retention_runs (number) where finished_at is null;
