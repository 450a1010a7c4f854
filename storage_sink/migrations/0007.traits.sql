-- Which issues carry a tag, and whom they hit: written once for each value (role gregor_sink).
-- Equality of these columns is leakproof, so row-level security leaves the indexes usable.

create table if not exists issue_tags (
    issue_id uuid, name text, value text, project_id bigint not null, first_seen_at bigint not null,
    primary key (issue_id, name, value)
);
create index if not exists issue_tags_value on issue_tags (project_id, name, value, issue_id);

create table if not exists issue_users (
    project_id bigint, user_hash bigint, issue_id uuid, first_seen_at bigint not null,
    primary key (project_id, user_hash, issue_id)
);
