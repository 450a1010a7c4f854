"""Projects and their DSN keys."""

import secrets
from typing import Final

import msgspec
from litestar import Response
from litestar.params import JSONBody

from query_api import defaults
from query_api.problems import Code, Problem
from query_api.projects import (
    Key,
    Keys,
    NewKey,
    NewProject,
    Project,
    ProjectChange,
    Projects,
    changed,
    key_view,
    project_view,
)
from query_api.protocol.wiring import PREFIX, Handles, TheCall, TheDesk
from query_api.queries import settings as stored
from query_api.queries.audit import record
from query_api.queries.store import Database
from runtime.secrets import seal
from schemas.settings.project import KeySettings, ProjectSettings


def view(setting: stored.Setting) -> Project:
    return project_view(int(setting.key), setting.version, msgspec.convert(setting.value, ProjectSettings))


async def list_projects(call: TheCall, desk: TheDesk) -> Projects:
    """Projects I may see."""
    async with desk.store.within(call.seen) as db:
        found = await stored.list_of_kind(db, "project", call.projects)
    return Projects(items=tuple(view(setting) for setting in found))


async def show_project(call: TheCall, desk: TheDesk) -> Response[Project]:
    """One project and its limits."""
    async with desk.store.within(call.seen) as db:
        found = await stored.one(db, f"project:{call.project_id}")
    return Response(view(found), headers={"ETag": f'"{found.version}"'})


async def create_project(call: TheCall, desk: TheDesk, data: JSONBody[NewProject]) -> Response[Project]:
    """A project with a key, default rules, a route and a policy."""
    async with desk.store.within(call.seen) as db:
        if await db.value("select 1 from settings where kind = 'project' and value->>'slug' = %s", (data.slug,)):
            raise Problem(Code.CONFLICT, f"There is already a project {data.slug}.")
        project_id = int(await db.value("select nextval('project_ids')"))
    async with desk.store.within((*call.seen, project_id)) as db:
        await first_settings(db, call, master=desk.master, project_id=project_id, asked=data)
        found = await stored.one(db, f"project:{project_id}")
        await record(db, call, entity=found.setting_id, after=view(found))
    headers = {"ETag": f'"{found.version}"', "Location": f"{PREFIX}/projects/{project_id}"}
    return Response(view(found), status_code=201, headers=headers)


async def first_settings(db: Database, call: TheCall, *, master: bytes, project_id: int, asked: NewProject) -> None:
    salt = seal(master, f"project:{project_id}", secrets.token_hex(32))
    made = defaults.project(project_id, slug=asked.slug, name=asked.name, user_salt=salt)
    await stored.create(db, call, f"project:{project_id}", made)
    for setting_id, value in defaults.alerting(project_id).items():
        await stored.create(db, call, setting_id, value)
    key_id = defaults.short_id(secrets.token_bytes(8))
    await stored.create(db, call, f"key:{key_id}", defaults.key(project_id, secrets.token_hex(16)))


async def change_project(call: TheCall, desk: TheDesk, data: JSONBody[ProjectChange]) -> Response[Project]:
    """Change what is given; needs If-Match."""
    expected = stored.expected_version(call.if_match)
    async with desk.store.within(call.seen) as db:
        before = await stored.one(db, f"project:{call.project_id}")
        after = changed(msgspec.convert(before.value, ProjectSettings), data)
        await stored.change(db, call, before, after, expected=expected)
        now = await stored.one(db, before.setting_id)
        await record(db, call, entity=before.setting_id, before=view(before), after=view(now))
    return Response(view(now), headers={"ETag": f'"{now.version}"'})


async def list_keys(call: TheCall, desk: TheDesk) -> Keys:
    """The DSNs of a project."""
    async with desk.store.within(call.seen) as db:
        found = await stored.list_of_kind(db, "key", (call.project_id,))
    return Keys(items=tuple(shown_key(desk, setting) for setting in found))


async def create_key(call: TheCall, desk: TheDesk, data: JSONBody[NewKey]) -> Response[Key]:
    """One more DSN for the project."""
    key = msgspec.structs.replace(
        defaults.key(call.project_id, secrets.token_hex(16)),
        name=data.name,
        origins=data.origins,
        default_service=data.default_service,
    )
    setting_id = f"key:{defaults.short_id(secrets.token_bytes(8))}"
    async with desk.store.within(call.seen) as db:
        await stored.create(db, call, setting_id, key)
        found = await stored.one(db, setting_id)
        await record(db, call, entity=setting_id, after=shown_key(desk, found))
    return Response(shown_key(desk, found), status_code=201)


def shown_key(desk: TheDesk, setting: stored.Setting) -> Key:
    return key_view(setting.key, setting.version, msgspec.convert(setting.value, KeySettings), desk.gateway_url)


HANDLES: Final[Handles] = {
    "projects_list": list_projects,
    "projects_show": show_project,
    "projects_create": create_project,
    "projects_change": change_project,
    "keys_list": list_keys,
    "keys_create": create_key,
}
