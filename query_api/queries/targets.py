"""To which project a path's id belongs. Under row-level security: what is foreign is not found."""

from typing import Final, LiteralString

import msgspec

from query_api.operations import Operation, Target
from query_api.problems import not_found
from query_api.queries.store import Database

PROJECT: Final = """
select project_id, project_id::text as target from settings
where kind = 'project' and project_id = %s::bigint and value is not null"""
BY_SLUG: Final = """
select project_id, project_id::text as target from settings
where kind = 'project' and lower(value->>'slug') = lower(%s) and value is not null"""
ISSUE: Final = "select project_id, issue_id as target from issues where issue_id = %s::uuid"
BY_NUMBER: Final = """
select i.project_id, i.issue_id as target from issues i
join settings s on s.kind = 'project' and s.project_id = i.project_id and s.value is not null
where lower(s.value->>'slug') = lower(%s) and i.number = %s"""


EPISODE: Final = "select project_id, episode_id as target from episodes where episode_id = %s::uuid"


SETTING: Final = """
select coalesce(project_id, 0) as project_id, setting_id as target from settings
where setting_id = %s and value is not null"""


class Found(msgspec.Struct, frozen=True):
    project_id: int
    target: str


async def find(db: Database, operation: Operation, given: str) -> Found:
    """The project and the canonical id of what the path names; 404 when there is none."""
    match operation.target:
        case Target.SETTING:
            return await db.one(SETTING, (f"{operation.kind}:{given}",), Found)
        case Target.PROJECT:
            return await project(db, given)
        case Target.ISSUE:
            return await issue(db, given)
        case Target.EPISODE:
            return await by_hex(db, EPISODE, given)
        case Target.EVENT:
            return await event(db, given)
        case Target.NONE:
            raise not_found()


async def project(db: Database, given: str) -> Found:
    if given.isascii() and given.isdigit():
        return await db.one(PROJECT, (given[:18],), Found)
    return await db.one(BY_SLUG, (given,), Found)


async def issue(db: Database, given: str) -> Found:
    """An id of 32 hex, or `SHOP-1432`: the project's slug and the issue's number."""
    if is_hex32(given):
        return await by_hex(db, ISSUE, given)
    slug, dash, number = given.rpartition("-")
    if not dash or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise not_found()
    return await db.one(BY_NUMBER, (slug, int(number)), Found)


async def by_hex(db: Database, query: LiteralString, given: str) -> Found:
    if not is_hex32(given):
        raise not_found()
    return await db.one(query, (given,), Found)


async def event(db: Database, given: str) -> Found:
    """`<project id>:<event id>`; the event's own row is looked for by whoever shows it."""
    project_id, _, event_id = given.partition(":")
    if not project_id.isdigit() or not is_hex32(event_id):
        raise not_found()
    found = await project(db, project_id)
    return Found(found.project_id, event_id)


def is_hex32(text: str) -> bool:
    return len(text) == 32 and not text.strip("0123456789abcdef")
