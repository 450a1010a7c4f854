"""Settings of one kind, their history, and everything around them as a snapshot."""

import logging
from typing import Any, Final, LiteralString

import msgspec
from psycopg.sql import SQL

from domain.snapshot import Snapshot
from query_api.objects.examine import Episode
from query_api.queries.settings import Setting
from query_api.queries.store import Database
from schemas.record import Part
from schemas.settings.registry import KINDS

log = logging.getLogger(__name__)
AROUND: Final = (
    *("person", "team", "schedule", "override", "channel", "policy", "project", "method", "personal_rule", "route"),
)
LIST: Final[LiteralString] = """
select setting_id, kind, project_id, value, version, updated_at, updated_by from settings
where kind = %(kind)s and value is not null and setting_id > %(after)s
    and (%(project)s = 0 or project_id = %(project)s) and (%(person)s = '' or value->>'person' = %(person)s)
order by setting_id limit %(limit)s"""
HISTORY: Final = """
select h.version, h.value, h.at, h.actor from settings_history h join settings s using (setting_id)
where h.setting_id = %s order by h.version desc limit 100"""
EPISODES: Final = """
select e.episode_id, i.title, e.labels from episodes e join issues i using (issue_id)
where e.state <> 'closed' and (%s = 0 or e.project_id = %s) order by e.opened_at desc limit 500"""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    value: dict[str, Any] | None
    at: int
    actor: str


async def listed(
    db: Database, kind: str, *, project: int = 0, person: str = "", after: str = "", limit: int = 100
) -> list[Setting]:
    params = {"kind": kind, "project": project, "person": person, "after": after, "limit": limit}
    return await db.rows(SQL(LIST), params, Setting)


async def history(db: Database, setting_id: str) -> list[Version]:
    return await db.rows(HISTORY, (setting_id,), Version)


async def snapshot(db: Database, kinds: tuple[str, ...] = AROUND) -> Snapshot:
    """What is set now, as the services will see it; what does not decode is left out, as they do."""
    cursor = await db.connection.execute(
        "select setting_id, kind, value from settings where kind = any (%s) and value is not null", (list(kinds),)
    )
    found: dict[str, Part] = {}
    for row in await cursor.fetchall():
        try:
            found[row["setting_id"]] = msgspec.convert(row["value"], KINDS[row["kind"]])
        except msgspec.ValidationError:
            log.warning("a setting does not decode", extra={"fields": {"setting": row["setting_id"]}})
    return Snapshot.of(found)


async def open_episodes(db: Database, project_id: int) -> tuple[Episode, ...]:
    return tuple(await db.rows(EPISODES, (project_id, project_id), Episode))
