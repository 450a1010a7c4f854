-- What the scheduled jobs write (role gregor_jobs).

create table if not exists job_runs (
    job text, due_at bigint, started_at bigint not null, ended_at bigint, lease_until bigint,
    state text not null, detail jsonb,
    primary key (job, due_at)
);

create table if not exists notices (
    notice_id text primary key, project_id bigint, kind text not null, target text not null,
    severity smallint not null, due_at bigint not null, body jsonb not null, created_at bigint not null
);
create index if not exists notices_due on notices (due_at);

create table if not exists reports (
    team text, day date, project_id bigint, body jsonb not null, created_at bigint not null,
    primary key (team, day)
);

create table if not exists suggestions (
    suggestion_id text primary key, project_id bigint not null, kind text not null, issues uuid[] not null,
    score real not null, evidence jsonb not null, created_at bigint not null
);
create index if not exists suggestions_score on suggestions (project_id, score desc);

create table if not exists oncall_history (
    schedule text, person text, start_at bigint, end_at bigint not null, why text not null,
    settings_position bigint not null,
    primary key (schedule, start_at, person)
);
create index if not exists oncall_history_person on oncall_history (person, start_at desc);

create table if not exists expertise_edges (
    project_id bigint, person text, subject_kind text, subject text,
    weight real not null, touched_at bigint not null, source text,
    primary key (project_id, subject_kind, subject, person, source)
);
create index if not exists expertise_edges_person on expertise_edges (person);

-- Settings that a job computes (season, expertise, shifts): published like those of people.
create table if not exists computed (
    setting_id text primary key, kind text not null, project_id bigint, value jsonb not null,
    version integer not null, updated_at bigint not null
);

create table if not exists user_sketches (
    issue_id uuid primary key, project_id bigint not null, through_day date not null,
    users integer not null, sketch bytea not null
);

create table if not exists archive_manifest (
    project_id bigint, day date, store text, path text not null, rows bigint not null, bytes bigint not null,
    sha256 bytea not null, first_at bigint, last_at bigint, erased_at bigint, created_at bigint not null,
    primary key (project_id, day, store)
);
