"""Events across issues, newest first: windows of time that grow backwards until the page is full."""

from typing import Final, LiteralString

import msgspec
from psycopg.sql import SQL, Composed

from domain.ids import user_hash
from query_api.queries.conditions import conditions
from query_api.queries.store import Database
from query_api.search.clauses import Clause
from query_api.search.event_filters import EventQuery, signed
from query_api.views import OccurrenceRow
from runtime.secrets import unseal

FIRST_WINDOW_MS: Final = 5 * 60_000
GROWTH: Final = 6
NO_ID: Final = "0" * 32
PAGE: Final[LiteralString] = """
select o.event_id, o.issue_id, o.project_id, o.received_at, o.occurred_at, o.user_hash, o.level, o.handled, o.matched,
    o.service, o.environment, o.release, o.route, coalesce(o.title, i.title) as title, o.tags
from (
    select o.* from occurrences o
    where o.project_id = any (%(projects)s) and o.received_at >= %(low)s and o.received_at <= %(high)s
        and (o.received_at < %(high)s or o.event_id > %(after)s::uuid) and {where}
    order by o.received_at desc, o.event_id limit %(limit)s
) o join issues i using (issue_id)
order by o.received_at desc, o.event_id"""
SLUGS: Final = "select project_id from projects where project_id = any (%s) and lower(slug) = any (%s)"
SALTS: Final = """
select project_id, value->>'user_salt' as salt from settings
where kind = 'project' and value is not null and project_id = any (%s)"""
CLAIMS: Final = "select received_at from event_claims where project_id = any (%s) and event_id = any (%s::uuid[])"
NEIGHBOURS: Final = """
(select 'newer' as side, event_id from occurrences where issue_id = %(issue)s::uuid and received_at >= %(at)s
    and received_at <= %(last)s and (received_at > %(at)s or event_id < %(event)s::uuid)
    order by received_at, event_id desc limit 1)
union all
(select 'older', event_id from occurrences where issue_id = %(issue)s::uuid and received_at <= %(at)s
    and received_at >= %(first)s and (received_at < %(at)s or event_id > %(event)s::uuid)
    order by received_at desc, event_id limit 1)"""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From `first` to `last` inclusive, behind `after` where they tie with `last`."""

    projects: tuple[int, ...]
    first: int
    last: int
    after: str = NO_ID
    limit: int


async def find(
    db: Database, asked: EventQuery, span: Span, *, issue_ids: list[str], master: bytes
) -> list[OccurrenceRow]:
    projects = await narrowed(db, span.projects, asked.slugs)
    clauses = [*asked.clauses, *await person_clauses(db, asked, projects, master)]
    if asked.issues:
        clauses.append(Clause("o.issue_id = any ({}::uuid[])", (issue_ids,)))
    if asked.events:
        clauses.append(Clause("o.event_id = any ({}::uuid[])", (list(asked.events),)))
    where, values = conditions(clauses)
    query = SQL(PAGE).format(where=where)
    if asked.issues or asked.events:
        return await page(db, query, {"projects": projects, "low": span.first, **bounds(span), **dict(values)})
    return await windows(db, query, {"projects": projects, **bounds(span), **dict(values)}, span.first)


def bounds(span: Span) -> dict[str, object]:
    return {"high": span.last, "after": span.after, "limit": span.limit}


async def page(db: Database, query: Composed, params: dict[str, object]) -> list[OccurrenceRow]:
    return await db.rows(query, params, OccurrenceRow)


async def windows(db: Database, query: Composed, params: dict[str, object], first: int) -> list[OccurrenceRow]:
    """A narrow window reads few blocks; each next one is wider, so a quiet project needs few of them."""
    found: list[OccurrenceRow] = []
    high, limit = int(str(params["high"])), int(str(params["limit"]))
    after, width = params["after"], FIRST_WINDOW_MS
    while len(found) < limit and high >= first:
        low = max(first, high - width)
        asked = {**params, "low": low, "high": high, "after": after, "limit": limit - len(found)}
        found += await page(db, query, asked)
        high, after, width = low - 1, NO_ID, width * GROWTH
    return found


async def narrowed(db: Database, projects: tuple[int, ...], slugs: tuple[str, ...]) -> list[int]:
    if not slugs:
        return list(projects)
    cursor = await db.connection.execute(SLUGS, (list(projects), [slug.lower() for slug in slugs]))
    return [int(row["project_id"]) for row in await cursor.fetchall()]


async def person_clauses(db: Database, asked: EventQuery, projects: list[int], master: bytes) -> list[Clause]:
    """What an application calls its users is hashed with each project's salt, as the gateway did."""
    if not asked.people:
        return []
    cursor = await db.connection.execute(SALTS, (projects,))
    salts = [(row["project_id"], row["salt"]) for row in await cursor.fetchall() if row["salt"]]
    keys = [bytes.fromhex(unseal(master, f"project:{project}", salt)) for project, salt in salts]
    found = [signed(user_hash(key, name)) for key in keys for name in asked.people]
    return [Clause("o.user_hash = any ({})", (found,))]


async def neighbours(db: Database, row: OccurrenceRow, first: int, last: int) -> dict[str, str]:
    """The events beside it in its issue: `newer`, `older`."""
    params = {"issue": row.issue_id, "at": row.received_at, "event": row.event_id, "first": first, "last": last}
    cursor = await db.connection.execute(NEIGHBOURS, params)
    return {found["side"]: str(found["event_id"]) for found in await cursor.fetchall()}
