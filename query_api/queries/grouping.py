"""Issues with their members and keys, under a lock: two merges at once must not make a ring."""

from typing import Final

from query_api.grouping import Row
from query_api.problems import not_found
from query_api.queries.store import Database

LOCK: Final = "select pg_advisory_xact_lock(hashtext('gregor.grouping'), %s)"
ROW: Final = """
select i.issue_id, i.project_id, i.merged_into,
    (select k.source_partition from issue_keys k where k.issue_id = i.issue_id order by k.opener desc limit 1) as owner
from issues i """
ONE: Final = ROW + "where i.issue_id = %s::uuid"
MEMBERS: Final = ROW + "where i.merged_into = any (%s::uuid[]) order by i.issue_id limit 500"
KEYS: Final = "select key from issue_keys where issue_id = %s::uuid"
ON_THE_WAY: Final = """
select 1 from commands c left join command_results r using (command_id)
where c.topic = 'error-events' and c.kind = 'merge' and c.at > %s and coalesce(r.applied, true)
    and c.issue_id = %s::uuid and c.body->>'into' = any (%s)"""


async def lock(db: Database, project_id: int) -> None:
    await db.run(LOCK, (project_id % 2**31,))


async def one(db: Database, issue_id: str) -> Row:
    return await db.one(ONE, (issue_id,), Row)


async def with_members(db: Database, rows: list[Row]) -> list[Row]:
    members = await db.rows(MEMBERS, ([row.issue_id for row in rows],), Row)
    return list({row.issue_id: row for row in (*rows, *members)}.values())


async def keys(db: Database, issue_id: str) -> frozenset[str]:
    cursor = await db.connection.execute(KEYS, (issue_id,))
    found = [str(row["key"]) for row in await cursor.fetchall()]
    if not found:
        raise not_found()
    return frozenset(found)


async def ring(db: Database, into: Row, sources: list[Row], since: int) -> bool:
    """Whether the target is itself on its way into one of the sources."""
    wanted = [row.issue_id for row in sources]
    return await db.value(ON_THE_WAY, (since, into.issue_id, wanted)) is not None
