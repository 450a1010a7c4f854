-- What people decide and own (role gregor_api).

create sequence if not exists project_ids as bigint;

-- Projects, keys, people, teams, rules, routes, schedules: one history, one outbox, one validator.
-- `value` null: deleted. Triggers publish each version (repeatable/2.triggers.sql).
create table if not exists settings (
    setting_id text primary key check (setting_id = kind or starts_with(setting_id, kind || ':')),
    kind text not null, project_id bigint,
    value jsonb check (value is null or (jsonb_typeof(value) = 'object' and octet_length(value::text) <= 262144)),
    version integer not null default 1, updated_at bigint not null, updated_by text not null,
    source text not null check (source in ('api', 'file', 'job'))
);
create index if not exists settings_kind on settings (kind, project_id);
create unique index if not exists settings_slug on settings (lower(value->>'slug'))
    where kind = 'project' and value is not null;
create unique index if not exists settings_email on settings (lower(value->>'email'))
    where kind = 'person' and value is not null;

create table if not exists settings_history (
    setting_id text, version integer, value jsonb, at bigint not null, actor text not null,
    primary key (setting_id, version)
);

-- What waits to be published, in order. The relay deletes what the broker acknowledged.
create table if not exists outbox (
    outbox_id bigint generated always as identity primary key, topic text not null, key text not null,
    value jsonb, created_at bigint not null
);

create table if not exists commands (
    command_id text primary key, project_id bigint not null, issue_id uuid, topic text not null, kind text not null,
    actor text not null, body jsonb not null, bulk_id text, at bigint not null
);
create index if not exists commands_issue on commands (issue_id, at desc);
create index if not exists commands_bulk on commands (bulk_id) where bulk_id is not null;

create table if not exists comments (
    comment_id text primary key, issue_id uuid not null, project_id bigint not null, author text not null,
    body text not null check (length(body) <= 10000), mentions text[] not null,
    at bigint not null, edited_at bigint, deleted_at bigint
);
create index if not exists comments_issue on comments (issue_id, at);

create table if not exists suggestion_answers (
    suggestion_id text primary key, project_id bigint not null, accepted boolean not null, actor text not null,
    command_id text, at bigint not null
);

create table if not exists feedback_votes (
    delivery_id text, voter text, project_id bigint not null,
    vote text not null check (vote in ('useful', 'not_useful', 'wrong_team')), at bigint not null,
    primary key (delivery_id, voter)
);

create table if not exists incidents (
    incident_id text primary key, project_id bigint not null, title text not null,
    start_at bigint not null, end_at bigint, actor text not null, note text not null
);

create table if not exists saved_views (
    view_id text primary key, person text not null, project_id bigint, name text not null,
    filter jsonb not null, shared boolean not null, position smallint not null
);
create index if not exists saved_views_person on saved_views (person, position);

-- The inbox of what was dead-lettered; the original is read from MongoDB or the topic.
create table if not exists dead_letters (
    dead_id uuid primary key, project_id bigint, source_topic text not null, source_partition smallint not null,
    source_offset bigint not null, dead_partition smallint not null, dead_offset bigint not null,
    stage text not null, reason text not null, at bigint not null,
    state text not null check (state in ('open', 'redriven', 'dropped')),
    redrive_id text, handled_by text, handled_at bigint
);
create index if not exists dead_letters_open on dead_letters (reason, at desc) where state = 'open';

-- Messages that people cause (codes, resets, invitations, test sends): the notifier delivers them
-- as rows of its ledger with notice_id = request_id.
create table if not exists message_requests (
    request_id text primary key, project_id bigint, kind text not null, recipient text not null,
    channel text not null, address text not null, body jsonb not null, actor text not null,
    created_at bigint not null, expires_at bigint not null
);
create index if not exists message_requests_created on message_requests (created_at);
