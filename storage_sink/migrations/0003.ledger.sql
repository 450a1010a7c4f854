-- The delivery ledger: what the notifier decided and did (role gregor_notifier).

create table if not exists episodes (
    episode_id uuid primary key, issue_id uuid not null, project_id bigint not null,
    number integer not null, seq bigint not null,
    state text not null check (state in ('firing', 'acked', 'closed')),
    severity smallint not null check (severity between 0 and 3), rule_ids text[] not null,
    team text, policy text, labels jsonb not null, position text not null,
    opened_at bigint not null, first_accepted_at bigint, acked_at bigint, acked_by text,
    closed_at bigint, closed_why text
);
create index if not exists episodes_issue on episodes (issue_id, opened_at desc);
create index if not exists episodes_open on episodes (project_id, severity desc, opened_at) where state <> 'closed';
create index if not exists episodes_acked on episodes (acked_by, acked_at desc) where acked_by is not null;
create index if not exists episodes_project on episodes (project_id, opened_at desc);

create table if not exists decisions (
    step_id text primary key, episode_id uuid, project_id bigint not null, at bigint not null,
    settings_position bigint not null, recipients jsonb not null
);
create index if not exists decisions_episode on decisions (episode_id, at);

-- The row is the queue and the proof. `content`: zstd of the rendered bytes, null 7 days after finished_at.
create table if not exists deliveries (
    delivery_id text primary key, project_id bigint not null, issue_id uuid, episode_id uuid,
    step_id text, notice_id text, kind text not null, recipient text not null, channel text not null,
    destination_id text not null, address_hint text not null,
    severity smallint not null check (severity between 0 and 3), urgency smallint not null,
    state text not null check (state in (
        'pending', 'sending', 'accepted', 'delivered', 'read', 'retry', 'failed',
        'suppressed', 'cancelled', 'bundled', 'unknown')),
    reason text not null, attempt smallint not null default 0, next_attempt_at bigint,
    lease_owner text, lease_until bigint, recheck_at bigint, provider_id text,
    provider_rank smallint not null default 0, bundle_id text, thread_ref text, template text not null,
    content bytea, received_at bigint, decided_at bigint not null, accepted_at bigint, finished_at bigint
) with (fillfactor = 70);
create index if not exists deliveries_due on deliveries (urgency, next_attempt_at) where state in ('pending', 'retry');
create index if not exists deliveries_leased on deliveries (lease_until) where state = 'sending';
create index if not exists deliveries_recheck on deliveries (recheck_at) where state = 'suppressed';
create index if not exists deliveries_episode on deliveries (episode_id);
create index if not exists deliveries_bundle on deliveries (bundle_id) where bundle_id is not null;
create index if not exists deliveries_notice on deliveries (notice_id) where notice_id is not null;
create index if not exists deliveries_recipient on deliveries (recipient, decided_at desc);
create index if not exists deliveries_provider on deliveries (channel, provider_id) where provider_id is not null;
create index if not exists deliveries_project on deliveries (project_id, decided_at desc);

create table if not exists delivery_attempts (
    delivery_id text, attempt smallint, started_at bigint not null, ended_at bigint,
    verdict text not null, code text not null, detail text not null,
    primary key (delivery_id, attempt)
);

create table if not exists destinations (
    destination_id text primary key, channel text not null, next_free_at bigint not null default 0,
    failures smallint not null default 0, breaker text not null default 'closed', breaker_until bigint,
    disabled_why text, window_counts jsonb not null
);
