"""Releases: declared by CI, asked for by people."""

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.params import JSONBody, QueryParameter

from query_api.problems import Code, Problem, not_found
from query_api.protocol.issues import Limit
from query_api.protocol.wiring import Handles, TheCall, TheDesk
from query_api.queries import settings
from query_api.queries.audit import record
from query_api.queries.store import Database
from query_api.releases import NewRelease, Release, Releases
from query_api.rights import Least, rank
from schemas.settings.project import ReleaseSettings

Project = Annotated[int, QueryParameter(ge=1, le=2**53, description="of this project")]
KEPT: Final = 12
NEXT: Final = """
select coalesce(max((value->>'ordinal')::bigint), 0) + 1 from settings
where kind = 'release' and project_id = %s and value is not null"""
LIST: Final = """
select setting_id, kind, project_id, value, version, updated_at, updated_by from settings
where kind = 'release' and project_id = %s and value is not null
order by (value->>'ordinal')::bigint desc limit %s"""
COUNTS: Final = """
select r.release as version, count(*) as issues,
    count(*) filter (where r.first_seen_at = c.first_seen_at) as new_issues
from issue_releases r join issue_counts c using (issue_id)
where r.project_id = %s and r.release = any (%s) group by r.release"""


async def declare(call: TheCall, desk: TheDesk, data: JSONBody[NewRelease]) -> Response[Release]:
    """Declare a release; the same again gives the same answer."""
    have = rank(call.caller, data.project_id)
    if have < Least.VIEWER:
        raise not_found()
    if have < Least.MEMBER:
        raise Problem(Code.ROLE_NEEDED, "This needs the role member in the project.")
    setting_id = f"release:{data.project_id}:{data.version}"
    async with desk.store.within((data.project_id,)) as db:
        await db.run("select pg_advisory_xact_lock(hashtext('gregor.release'), %s)", (data.project_id % 2**31,))
        before = await settings.find(db, setting_id)
        if before is not None:
            return Response((await counted(db, data.project_id, [before]))[0], status_code=200)
        value = ReleaseSettings(
            project_id=data.project_id,
            version=data.version,
            ordinal=int(await db.value(NEXT, (data.project_id,))),
            declared_at=call.at,
            parent=data.parent,
            commits=tuple(commit[:KEPT] for commit in data.commits),
        )
        await settings.create(db, call, setting_id, value)
        found = await settings.one(db, setting_id)
        answer = (await counted(db, data.project_id, [found]))[0]
        await record(db, call, entity=setting_id, after=value)
    return Response(answer, status_code=201)


async def listed(call: TheCall, desk: TheDesk, *, project: Project, limit: Limit = 50) -> Releases:
    """Releases of a project, the newest first, with the issues that came with them."""
    if project not in call.projects:
        raise not_found()
    async with desk.store.within((project,)) as db:
        found = await db.rows(LIST, (project, limit), settings.Setting)
        return Releases(items=tuple(await counted(db, project, found)))


async def counted(db: Database, project_id: int, found: list[settings.Setting]) -> list[Release]:
    values = [msgspec.convert(one.value, ReleaseSettings) for one in found]
    cursor = await db.connection.execute(COUNTS, (project_id, [value.version for value in values]))
    counts = {row["version"]: row for row in await cursor.fetchall()}
    return [
        Release(
            project_id=project_id,
            version=value.version,
            ordinal=value.ordinal,
            declared_at=value.declared_at,
            parent=value.parent,
            commits=value.commits,
            new_issues=counts.get(value.version, {}).get("new_issues", 0),
            issues=counts.get(value.version, {}).get("issues", 0),
        )
        for value in values
    ]


HANDLES: Final[Handles] = {"releases_declare": declare, "releases_list": listed}
