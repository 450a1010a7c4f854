-- Sign-in, source maps and the audit chain (role gregor_api).

create table if not exists credentials (
    person text primary key, password_hash text, totp_secret bytea, key_id text,
    failures smallint not null default 0, locked_until bigint, changed_at bigint not null
);

create table if not exists logins (
    login_id bytea primary key, person text not null, created_at bigint not null, seen_at bigint not null,
    ends_at bigint not null, address inet, agent text
);
create index if not exists logins_person on logins (person);
create index if not exists logins_end on logins (ends_at);

create table if not exists api_tokens (
    token_hash bytea primary key, token_id text not null unique, person text not null, name text not null,
    scopes text[] not null, projects bigint[], created_at bigint not null, expires_at bigint, revoked_at bigint
);
create index if not exists api_tokens_person on api_tokens (person);

create table if not exists token_uses (
    token_id text primary key, used_at bigint not null, address inet
);

create table if not exists artifacts (
    artifact_id text primary key, project_id bigint not null, release text not null, dist text not null,
    debug_id uuid, name text not null, kind text not null, bytes integer not null, sha256 bytea not null,
    created_at bigint not null
);
create index if not exists artifacts_release on artifacts (project_id, release, dist);
create index if not exists artifacts_debug on artifacts (project_id, debug_id) where debug_id is not null;

create table if not exists artifact_chunks (
    artifact_id text references artifacts on delete cascade, part smallint, data bytea not null,
    primary key (artifact_id, part)
);
alter table artifact_chunks alter column data set storage external;

-- `seq`, `prev_hash` and `hash` are set by the trigger audit_link.
create table if not exists audit (
    seq bigint primary key, at bigint not null, actor text not null, verb text not null, entity text not null,
    before jsonb, after jsonb, request_id text not null, prev_hash bytea not null, hash bytea not null
);
create index if not exists audit_entity on audit (entity, seq desc);
