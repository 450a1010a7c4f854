"""The SQL of what is kept about how things came to be. `rows` is JSON whose names are the columns."""

from typing import Final, LiteralString

KEYS: Final[LiteralString] = """
insert into issue_keys (project_id, key, issue_id, kind, version, anchor, opener, source_partition, source_offset,
    why, example_event_id, first_seen_at)
select project_id, key, issue_id, kind, version, anchor, opener, source_partition, source_offset, why,
    example_event_id, first_seen_at
from jsonb_to_recordset(%s::jsonb) as r (
    project_id bigint, key uuid, issue_id uuid, kind smallint, version text, anchor bigint, opener boolean,
    source_partition smallint, source_offset bigint, why jsonb, example_event_id uuid, first_seen_at bigint)
order by project_id, key on conflict do nothing"""

TAGS: Final[LiteralString] = """
insert into issue_tags (issue_id, name, value, project_id, first_seen_at)
select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]) on conflict do nothing"""

USERS: Final[LiteralString] = """
insert into issue_users (issue_id, user_hash, project_id, first_seen_at)
select * from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) as n (issue_id, user_hash, project_id, at)
order by project_id, user_hash, issue_id on conflict do nothing"""

SNAPSHOTS: Final[LiteralString] = """
with given as (
    select * from jsonb_to_recordset(%s::jsonb) as r (
        issue_id uuid, seq bigint, changed_at bigint, changed_epoch integer, changed_offset bigint, status text,
        severity smallint, severity_why jsonb, resolution jsonb, wake jsonb, level smallint, handled boolean,
        assignee text, assigned_at bigint, assigned_why jsonb, merged_into uuid, users integer, users_exact boolean,
        regressions integer, counted bigint, counted_at bigint, shelf smallint)
), applied as (
    update issues i set seq = g.seq, changed_at = g.changed_at, changed_epoch = g.changed_epoch,
        changed_offset = g.changed_offset, status = g.status, severity = g.severity, severity_why = g.severity_why,
        resolution = g.resolution, wake = g.wake, level = g.level, handled = g.handled, assignee = g.assignee,
        assigned_at = g.assigned_at, assigned_why = g.assigned_why, merged_into = g.merged_into, users = g.users,
        users_exact = g.users_exact, regressions = g.regressions, counted = g.counted, counted_at = g.counted_at
    from given g
    where i.issue_id = g.issue_id and (i.changed_epoch <> g.changed_epoch or i.changed_offset < g.changed_offset)
    returning i.issue_id, g.shelf
)
update issue_counts c set shelf = a.shelf from applied a where c.issue_id = a.issue_id and c.shelf <> a.shelf"""

ACTIVITY: Final[LiteralString] = """
insert into activity (issue_id, at, change_id, project_id, kind, actor, detail)
select issue_id, at, change_id, project_id, kind, actor, detail
from jsonb_to_recordset(%s::jsonb) as r (
    issue_id uuid, at bigint, change_id uuid, project_id bigint, kind text, actor text, detail jsonb)
order by issue_id, at, change_id on conflict do nothing"""

STEPS: Final[LiteralString] = """
insert into alert_steps (step_id, episode_id, issue_id, project_id, kind, at, step)
select step_id, episode_id, issue_id, project_id, kind, at, step
from jsonb_to_recordset(%s::jsonb) as r (
    step_id text, episode_id uuid, issue_id uuid, project_id bigint, kind text, at bigint, step jsonb)
order by step_id on conflict do nothing"""

ALERTING: Final[LiteralString] = """
update issues i set alerting = n.alerting from unnest(%s::uuid[], %s::text[]) as n (issue_id, alerting)
where i.issue_id = n.issue_id and i.alerting <> n.alerting"""

RESULTS: Final[LiteralString] = """
insert into command_results (command_id, at, applied, reason, change_id)
select command_id, at, applied, reason, change_id
from jsonb_to_recordset(%s::jsonb) as r (command_id text, at bigint, applied boolean, reason text, change_id uuid)
order by command_id on conflict do nothing"""

OUTCOME_CLAIMS: Final[LiteralString] = """
insert into outcome_claims (outcome_id, at)
select * from unnest(%s::uuid[], %s::bigint[]) as n (outcome_id, at) order by outcome_id
on conflict do nothing returning replace(outcome_id::text, '-', '')"""

OUTCOMES: Final[LiteralString] = """
insert into outcomes as o (project_id, minute_at, stage, reason, events)
select * from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[])
on conflict (project_id, minute_at, stage, reason) do update set events = o.events + excluded.events"""

DOORS: Final[LiteralString] = """
insert into doors as d (process, stage, said_at, spool_oldest_at)
select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
on conflict (process) do update set said_at = excluded.said_at, spool_oldest_at = excluded.spool_oldest_at
where d.said_at <= excluded.said_at"""

MAKE_DAY: Final[LiteralString] = "select make_days(date '1970-01-01' + %s::integer, 1)"
