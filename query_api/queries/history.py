"""Rows behind an issue's history."""

from typing import Any, Final

from query_api.history import DailyRow, Entry, EntryKind, Episode, Mark, Seen, UserRow
from query_api.queries.store import Database
from query_api.views import SEVERITIES, DayRow

CHANGES: Final = """
select at, change_id as id, kind as what, actor, detail from activity
where issue_id = %(issue)s::uuid and at <= %(before)s order by at desc limit %(limit)s"""
COMMENTS: Final = """
select at, comment_id as id, body as what, author as actor, '{}'::jsonb as detail from comments
where issue_id = %(issue)s::uuid and at <= %(before)s and deleted_at is null order by at desc limit %(limit)s"""
STEPS: Final = """
select at, step_id as id, kind as what, coalesce(step->>'actor', '') as actor,
    jsonb_build_object('reason', step->'reason', 'severity', step->'severity', 'position', step->'position') as detail
from alert_steps where issue_id = %(issue)s::uuid and at <= %(before)s order by at desc limit %(limit)s"""
DELIVERIES: Final = """
select decided_at as at, delivery_id as id, state as what, recipient as actor,
    jsonb_build_object('channel', channel, 'kind', kind, 'hint', address_hint, 'reason', reason) as detail
from deliveries where episode_id in (select episode_id from episodes where issue_id = %(issue)s::uuid)
    and decided_at <= %(before)s order by decided_at desc limit %(limit)s"""
SOURCES: Final = {
    EntryKind.CHANGE: CHANGES,
    EntryKind.COMMENT: COMMENTS,
    EntryKind.STEP: STEPS,
    EntryKind.DELIVERY: DELIVERIES,
}
HOURS: Final = """
select issue_id, day_start(day) as start_at, hours from issue_daily
where issue_id = %s::uuid and day between day_of(%s) and day_of(%s)"""
DAYS: Final = """
select day_start(day) as start_at, times_seen from issue_daily
where issue_id = %s::uuid and day between day_of(%s) and day_of(%s)"""
MARKS: Final = """
select first_seen_at as at, 'release' as kind, release as name from issue_releases
where issue_id = %s::uuid and first_seen_at between %s and %s and release <> ''
union all
select opened_at, 'alert', number::text from episodes where issue_id = %s::uuid and opened_at between %s and %s
order by at limit 200"""
NEWEST: Final = """
select tags from occurrences where issue_id = %s::uuid and received_at between %s and %s
order by received_at desc limit %s"""
USERS: Final = """
select user_hash, count(*) as events, max(received_at) as last_at from (
    select user_hash, received_at from occurrences where issue_id = %s::uuid and received_at between %s and %s
    order by received_at desc limit %s
) newest where user_hash is not null group by user_hash order by events desc, last_at desc limit 100"""
RELEASES: Final = """
select release as name, first_seen_at, last_seen_at, times_seen from issue_releases
where issue_id = %s::uuid order by first_seen_at desc limit 200"""
ENVIRONMENTS: Final = """
select environment as name, first_seen_at, last_seen_at, times_seen from issue_environments
where issue_id = %s::uuid order by times_seen desc limit 100"""
EPISODE: Final = """
select episode_id, issue_id, project_id, number, state, severity, opened_at, team, policy, rule_ids, position,
    first_accepted_at, acked_at, acked_by, closed_at, closed_why from episodes """
OF_ISSUE: Final = EPISODE + "where issue_id = %s::uuid order by opened_at desc limit 100"
ONE: Final = EPISODE + "where episode_id = %s::uuid"


async def entries(db: Database, kind: EntryKind, issue: str, *, before: int, limit: int) -> list[Entry]:
    cursor = await db.connection.execute(SOURCES[kind], {"issue": issue, "before": before, "limit": limit})
    return [entry(kind, row) for row in await cursor.fetchall()]


def entry(kind: EntryKind, row: dict[str, Any]) -> Entry:
    detail = {name: value for name, value in (row["detail"] or {}).items() if value is not None}
    return Entry(at=row["at"], kind=kind, id=row["id"], what=row["what"], actor=row["actor"], detail=detail)


async def hours(db: Database, issue: str, first: int, last: int) -> list[DayRow]:
    return await db.rows(HOURS, (issue, first, last), DayRow)


async def days(db: Database, issue: str, first: int, last: int) -> list[DailyRow]:
    return await db.rows(DAYS, (issue, first, last), DailyRow)


async def marks(db: Database, issue: str, first: int, last: int) -> list[Mark]:
    return await db.rows(MARKS, (issue, first, last, issue, first, last), Mark)


async def newest_tags(db: Database, issue: str, span: tuple[int, int], limit: int) -> list[dict[str, str]]:
    cursor = await db.connection.execute(NEWEST, (issue, *span, limit))
    return [row["tags"] or {} for row in await cursor.fetchall()]


async def users(db: Database, issue: str, span: tuple[int, int], limit: int) -> list[UserRow]:
    return await db.rows(USERS, (issue, *span, limit), UserRow)


async def releases(db: Database, issue: str) -> list[Seen]:
    return await db.rows(RELEASES, (issue,), Seen)


async def environments(db: Database, issue: str) -> list[Seen]:
    return await db.rows(ENVIRONMENTS, (issue,), Seen)


async def episodes(db: Database, issue: str) -> list[Episode]:
    cursor = await db.connection.execute(OF_ISSUE, (issue,))
    return [episode(row) for row in await cursor.fetchall()]


def episode(row: dict[str, Any]) -> Episode:
    return Episode(**{**row, "severity": SEVERITIES[row["severity"]], "rule_ids": tuple(row["rule_ids"])})


async def one_episode(db: Database, episode_id: str) -> Episode | None:
    cursor = await db.connection.execute(ONE, (episode_id,))
    row = await cursor.fetchone()
    return episode(row) if row else None
