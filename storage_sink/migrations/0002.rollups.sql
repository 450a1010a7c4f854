-- Sums of history, its log of changes, and the ledger of outcomes (role gregor_sink).

create table if not exists issue_environments (
    issue_id uuid, environment text, project_id bigint not null,
    first_seen_at bigint not null, last_seen_at bigint not null, times_seen bigint not null,
    primary key (issue_id, environment)
) with (fillfactor = 80);
create index if not exists issue_environments_name on issue_environments (project_id, environment);

create table if not exists issue_releases (
    issue_id uuid, release text, project_id bigint not null,
    first_seen_at bigint not null, last_seen_at bigint not null, times_seen bigint not null,
    primary key (issue_id, release)
) with (fillfactor = 80);
create index if not exists issue_releases_name on issue_releases (project_id, release, first_seen_at desc);

-- `hours[1..24]`: counts of the UTC hours of `day`.
create table if not exists issue_daily (
    issue_id uuid, day date, project_id bigint not null, times_seen integer not null, hours integer[],
    primary key (issue_id, day)
) with (fillfactor = 85);
create index if not exists issue_daily_day on issue_daily (project_id, day);

create table if not exists project_hourly (
    project_id bigint, hour_at bigint, environment text, service text, level smallint, times_seen integer not null,
    primary key (project_id, hour_at, environment, service, level)
) with (fillfactor = 80);

create table if not exists activity (
    issue_id uuid, at bigint, change_id uuid, project_id bigint not null,
    kind text not null, actor text not null, detail jsonb,
    primary key (issue_id, at, change_id)
);
create index if not exists activity_project on activity (project_id, at desc);

create table if not exists alert_steps (
    step_id text primary key, episode_id uuid not null, issue_id uuid not null, project_id bigint not null,
    kind text not null, at bigint not null, step jsonb not null
);
create index if not exists alert_steps_issue on alert_steps (issue_id, at desc);

create table if not exists command_results (
    command_id text primary key, at bigint not null, applied boolean not null, reason text not null, change_id uuid
);

create table if not exists outcomes (
    project_id bigint, minute_at bigint, stage text, reason text, events bigint not null,
    primary key (project_id, minute_at, stage, reason)
);

create table if not exists outcome_claims (
    outcome_id uuid primary key, at bigint not null
);
create index if not exists outcome_claims_at on outcome_claims using brin (at);
