"""Issues: lists by walking an index, one issue, and what stands around it."""

from collections.abc import Sequence
from typing import Final

import msgspec

from query_api.problems import not_found
from query_api.queries.store import Database
from query_api.queries.targets import is_hex32
from query_api.views import DAY_MS, Around, DayRow, EpisodeBrief, IssueRow, OccurrenceRow, Pending, last_hours

COLUMNS: Final = """
i.issue_id, i.project_id, p.value->>'slug' as slug, i.number, i.seq, i.status, i.severity, i.severity_why, i.level,
i.handled, i.type, i.title, i.culprit, i.place, i.platform, i.service, i.assignee, i.assigned_at, i.assigned_why,
i.alerting, i.merged_into, i.users, i.users_exact, i.regressions, i.first_release, c.times_seen, c.first_seen_at,
c.last_seen_at, c.last_event_id"""
ONE: Final = (
    "select "
    + COLUMNS
    + """
from issues i join issue_counts c using (issue_id) join settings p on p.setting_id = 'project:' || i.project_id
where i.issue_id = %s::uuid"""
)
HOURS: Final = """
select issue_id, day_start(day) as start_at, hours from issue_daily
where issue_id = any (%s::uuid[]) and day >= day_of(%s)"""
EPISODES: Final = """
select distinct on (issue_id) issue_id, episode_id, number, state, opened_at, acked_by, acked_at from episodes
where issue_id = any (%s::uuid[]) and state <> 'closed' order by issue_id, opened_at desc"""
PENDING: Final = """
select c.issue_id, c.command_id, c.kind, c.at, c.actor from commands c left join command_results r using (command_id)
where c.issue_id = any (%s::uuid[]) and c.at > %s and r.command_id is null order by c.at"""
OCCURRENCES: Final = """
select event_id, issue_id, project_id, received_at, occurred_at, user_hash, level, handled, matched, service,
environment, release, route, title, tags from occurrences
where issue_id = %(issue)s::uuid and received_at >= %(first)s and received_at <= %(last)s
and (received_at < %(last)s or event_id > %(after)s::uuid)
order by received_at desc, event_id limit %(limit)s"""
FRESH: Final = "select coalesce(min(fresh_at), 0) from pipeline_freshness"
PENDING_MS: Final = 60_000


class EpisodeRow(EpisodeBrief, frozen=True, kw_only=True):
    issue_id: str


class PendingRow(Pending, frozen=True, kw_only=True):
    issue_id: str


async def one(db: Database, issue_id: str) -> IssueRow:
    return await db.one(ONE, (issue_id,), IssueRow)


async def around(db: Database, issue_ids: Sequence[str], at: int) -> Around:
    """Hours, open episodes and undecided commands of a page of issues."""
    ids = list(issue_ids)
    days = await db.rows(HOURS, (ids, at - DAY_MS), DayRow)
    episodes = await db.rows(EPISODES, (ids,), EpisodeRow)
    waiting = await db.rows(PENDING, (ids, at - PENDING_MS), PendingRow)
    pending: dict[str, tuple[Pending, ...]] = {}
    for row in waiting:
        known = Pending(command_id=row.command_id, kind=row.kind, at=row.at, actor=row.actor)
        pending[row.issue_id] = (*pending.get(row.issue_id, ()), known)
    return Around(hours=last_hours(days, at), episodes={row.issue_id: brief(row) for row in episodes}, pending=pending)


def brief(row: EpisodeRow) -> EpisodeBrief:
    fields = {name: getattr(row, name) for name in EpisodeBrief.__struct_fields__}
    return EpisodeBrief(**fields)


async def fresh_at(db: Database) -> int:
    """Every number is complete up to this instant."""
    return int(await db.value(FRESH) or 0)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Occurrences of one issue from `first` to `last` inclusive, behind `after` where they tie with `last`."""

    issue: str
    first: int
    last: int
    after: str
    limit: int


async def occurrences(db: Database, span: Span) -> list[OccurrenceRow]:
    return await db.rows(OCCURRENCES, msgspec.structs.asdict(span), OccurrenceRow)


EDGE: Final = {
    "latest": "select event_id from occurrences where issue_id = %s::uuid and received_at between %s and %s"
    " order by received_at desc, event_id limit 1",
    "oldest": "select event_id from occurrences where issue_id = %s::uuid and received_at between %s and %s"
    " order by received_at, event_id limit 1",
}
CLAIM: Final = "select event_id from event_claims where project_id = %s and event_id = %s::uuid and issue_id = %s::uuid"
OCCURRENCE: Final = """
select o.event_id, o.issue_id, o.project_id, o.received_at, o.occurred_at, o.user_hash, o.level, o.handled, o.matched,
    o.service, o.environment, o.release, o.route, coalesce(o.title, i.title) as title, o.tags
from event_claims c join occurrences o on o.issue_id = c.issue_id and o.received_at = c.received_at
    and o.event_id = c.event_id join issues i on i.issue_id = o.issue_id
where c.project_id = %s and c.event_id = %s::uuid"""
KNOWN: Final = "select 1 from event_claims where project_id = %s and event_id = %s::uuid"


async def event_of(db: Database, row: IssueRow, which: str) -> str:
    """The event id behind `latest`, `oldest` or an id; it must belong to the issue."""
    if which in EDGE:
        found = await db.value(EDGE[which], (row.issue_id, row.first_seen_at, row.last_seen_at))
    else:
        found = await db.value(CLAIM, (row.project_id, which, row.issue_id)) if is_hex32(which) else None
    if found is None:
        raise not_found()
    return str(found)


async def occurrence(db: Database, project_id: int, event_id: str) -> OccurrenceRow:
    """One event: its claim says where it stands."""
    return await db.one(OCCURRENCE, (project_id, event_id), OccurrenceRow)


async def event_known(db: Database, project_id: int, event_id: str) -> bool:
    return bool(await db.value(KNOWN, (project_id, event_id)))
