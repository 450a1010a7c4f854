-- History: what the PostgreSQL sink writes (role gregor_sink). Instants are milliseconds since 1970, UTC.

create extension if not exists pg_trgm with schema public;
create extension if not exists btree_gin with schema public;

-- How far each partition of each topic is in this database; locked first by every batch.
create table if not exists sink_positions (
    topic text, partition smallint, epoch bigint not null, next_offset bigint not null,
    watermark_at bigint not null default 0, updated_at bigint not null,
    primary key (topic, partition)
) with (fillfactor = 20);

-- Each accepted event once: a key that spans days, which no key of a table partitioned by day can.
create table if not exists event_claims (
    project_id bigint, event_id uuid, issue_id uuid not null, received_at bigint not null,
    source_offset bigint not null, source_epoch integer not null,
    source_partition smallint not null, source_index smallint not null,
    primary key (project_id, event_id)
) partition by hash (event_id);
create table if not exists event_claims_0 partition of event_claims for values with (modulus 8, remainder 0);
create table if not exists event_claims_1 partition of event_claims for values with (modulus 8, remainder 1);
create table if not exists event_claims_2 partition of event_claims for values with (modulus 8, remainder 2);
create table if not exists event_claims_3 partition of event_claims for values with (modulus 8, remainder 3);
create table if not exists event_claims_4 partition of event_claims for values with (modulus 8, remainder 4);
create table if not exists event_claims_5 partition of event_claims for values with (modulus 8, remainder 5);
create table if not exists event_claims_6 partition of event_claims for values with (modulus 8, remainder 6);
create table if not exists event_claims_7 partition of event_claims for values with (modulus 8, remainder 7);

-- One row per stored event; a partition per UTC day (function make_days), the default takes what fits none.
create table if not exists occurrences (
    project_id bigint not null, received_at bigint not null, occurred_at bigint not null,
    user_hash bigint, variant bigint not null, trace bigint,
    issue_id uuid not null, event_id uuid not null,
    level smallint not null, handled boolean, matched smallint not null,
    service text not null, environment text not null, release text not null default '',
    route text not null default '', title text, tags jsonb
) partition by range (received_at);
create table if not exists occurrences_default partition of occurrences default;
create index if not exists occurrences_issue on occurrences (issue_id, received_at desc);
create index if not exists occurrences_received on occurrences
    using brin (received_at) with (pages_per_range = 16, autosummarize = on);

create table if not exists issue_numbers (
    project_id bigint primary key, last_number integer not null
);

create table if not exists issues (
    issue_id uuid primary key, project_id bigint not null, number integer not null,
    seq bigint not null default 0, changed_at bigint not null,
    changed_epoch integer not null default 0, changed_offset bigint not null default -1,
    status text not null check (
        status in ('new', 'ongoing', 'regressed', 'escalating', 'resolved', 'ignored', 'snoozed')),
    severity smallint not null check (severity between 0 and 3),
    severity_why jsonb, resolution jsonb, wake jsonb,
    level smallint not null, handled boolean, weak boolean not null default false,
    type text not null, title text not null, culprit text not null, place text not null,
    platform text not null, service text not null,
    assignee text, assigned_at bigint, assigned_why jsonb,
    alerting text not null default 'idle' check (alerting in ('idle', 'firing', 'acked')),
    merged_into uuid, users integer not null default 0, users_exact boolean not null default true,
    regressions integer not null default 0, counted bigint not null default 0, counted_at bigint,
    first_release text not null, first_event_id uuid not null,
    is_open boolean generated always as (status in ('new', 'ongoing', 'regressed', 'escalating')) stored,
    unique (project_id, number)
);
create index if not exists issues_open_severity on issues (project_id, severity desc, service, type) where is_open;
create index if not exists issues_open_type on issues (project_id, type) where is_open;
create index if not exists issues_regressions on issues (project_id, regressions desc) where regressions >= 2;
create index if not exists issues_assignee on issues (assignee) where assignee is not null;
create index if not exists issues_merged on issues (merged_into) where merged_into is not null;
create index if not exists issues_alerting on issues (project_id, alerting) where alerting <> 'idle';

-- Apart from `issues`: last_seen_at is indexed, so each update writes every index of its table.
create table if not exists issue_counts (
    issue_id uuid primary key, project_id bigint not null, times_seen bigint not null,
    first_seen_at bigint not null, last_seen_at bigint not null, last_event_id uuid not null,
    shelf smallint not null check (shelf between 0 and 2)  -- 0 merged, 1 open, 2 closed
) with (fillfactor = 70);
create index if not exists issue_counts_last on issue_counts (project_id, shelf, last_seen_at desc, issue_id);
create index if not exists issue_counts_first on issue_counts (project_id, shelf, first_seen_at desc);

create table if not exists issue_search (
    issue_id uuid primary key, project_id bigint not null, words text not null, plain text not null,
    document tsvector generated always as (to_tsvector('simple', words)) stored
);
create index if not exists issue_search_words on issue_search using gin (project_id, document);
create index if not exists issue_search_plain on issue_search using gin (project_id, plain gin_trgm_ops);

create table if not exists issue_keys (
    project_id bigint, key uuid, issue_id uuid not null, kind smallint not null, version text not null,
    anchor bigint, opener boolean not null, source_partition smallint not null, source_offset bigint not null,
    moves jsonb, why jsonb not null, example_event_id uuid not null, first_seen_at bigint not null,
    primary key (project_id, key)
);
create index if not exists issue_keys_issue on issue_keys (issue_id);
