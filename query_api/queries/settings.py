"""Settings rows. Triggers keep their history and publish each version; a version is changed once."""

from typing import Any, Final

import msgspec

from query_api.calls import Call
from query_api.defaults import scope_of
from query_api.problems import Code, Problem, not_found
from query_api.queries.store import Database
from schemas.record import Part
from schemas.settings.project import KeySettings

COLUMNS: Final = "select setting_id, kind, project_id, value, version, updated_at, updated_by from settings "
ONE: Final = COLUMNS + "where setting_id = %s"
OF_KIND: Final = (
    COLUMNS
    + "where kind = %s and value is not null and (project_id is null or project_id = any (%s)) order by setting_id"
)
INSERT: Final = """
insert into settings (setting_id, kind, project_id, value, updated_at, updated_by, source)
values (%s, %s, %s, %s::jsonb, %s, %s, %s)
on conflict (setting_id) do update set value = excluded.value, version = settings.version + 1,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by, source = excluded.source
    where settings.value is null"""
UPDATE: Final = """
update settings set value = %s::jsonb, version = version + 1, updated_at = %s, updated_by = %s, source = %s
where setting_id = %s and version = %s and value is not null"""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """`value` None: deleted."""

    setting_id: str
    kind: str
    project_id: int | None
    value: dict[str, Any] | None
    version: int
    updated_at: int
    updated_by: str

    @property
    def key(self) -> str:
        return self.setting_id.partition(":")[2]


async def find(db: Database, setting_id: str) -> Setting | None:
    found = await db.row(ONE, (setting_id,), Setting)
    return found if found and found.value is not None else None


async def one(db: Database, setting_id: str) -> Setting:
    found = await find(db, setting_id)
    if found is None:
        raise not_found()
    return found


async def list_of_kind(db: Database, kind: str, projects: tuple[int, ...]) -> list[Setting]:
    return await db.rows(OF_KIND, (kind, list(projects)), Setting)


async def create(db: Database, call: Call, setting_id: str, value: Part, *, source: str = "api") -> None:
    """The first version, or a new one of what was deleted; 409 when it is there."""
    kind = setting_id.partition(":")[0]
    owner = value.project_id if isinstance(value, KeySettings) else scope_of(setting_id)
    stored = await db.run(INSERT, (setting_id, kind, owner, encoded(value), call.at, call.caller.actor, source))
    if not stored:
        raise Problem(Code.CONFLICT, f"There is already a {setting_id}.")


async def change(
    db: Database, call: Call, before: Setting, value: Part | None, *, expected: int, source: str = "api"
) -> int:
    """The new version; 412 when `expected` is not the stored one. None deletes."""
    stored = await db.run(UPDATE, (encoded(value), call.at, call.caller.actor, source, before.setting_id, expected))
    if not stored:
        now = await one(db, before.setting_id)
        raise Problem(
            Code.VERSION_CONFLICT,
            f"Version {expected} was replaced by {now.version}, written by {now.updated_by}.",
            headers={"ETag": f'"{now.version}"'},
        )
    return expected + 1


def encoded(value: Part | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def expected_version(header: str) -> int:
    """If-Match: a strong ETag of ours, `"7"`."""
    if not header:
        raise Problem(Code.VERSION_NEEDED)
    number = header.strip().removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Problem(Code.VERSION_CONFLICT, "If-Match is not a version of ours.")
    return int(number)
