"""Writing a settings object: read strictly, checked against what is around it, sealed, stored, audited."""

import secrets
from typing import Any

import msgspec
from litestar import Response

from domain.snapshot import Snapshot
from query_api import defaults
from query_api.calls import Call
from query_api.objects import examine, wording
from query_api.objects.kinds import Kind
from query_api.objects.known import Known
from query_api.objects.shapes import Draft, Object, Preview
from query_api.problems import Code, Problem, invalid, not_found
from query_api.protocol.sealing import hidden, sealed
from query_api.protocol.wiring import PREFIX, Desk
from query_api.queries import objects as stored
from query_api.queries import settings
from query_api.queries.audit import record
from query_api.queries.store import Database
from query_api.rights import Least, rank
from schemas.record import Part
from schemas.settings.alerting import SilenceSettings, TemplateSettings, WindowSettings
from schemas.settings.people import MethodSettings, PersonalRuleSettings


def place(kind: Kind, call: Call, draft: Draft[Any]) -> tuple[str, int]:
    """Key and project of a new setting; 404 for a project that is not mine, 403 where my role is too low."""
    given = draft.id if isinstance(draft.id, str) else defaults.short_id(secrets.token_bytes(8))
    if not kind.of_project:
        if draft.project_id is not msgspec.UNSET:
            raise invalid("/project_id", f"{kind.path} belong to no project")
        return given, 0
    if not isinstance(draft.project_id, int):
        raise invalid("/project_id", "say of which project")
    have = rank(call.caller, draft.project_id)
    if have < Least.VIEWER:
        raise not_found()
    if have < kind.write:
        raise Problem(Code.ROLE_NEEDED, f"This needs the role {kind.write.name.lower()} in the project.")
    return (str(draft.project_id) if kind.single else f"{draft.project_id}:{given}"), draft.project_id


async def created(kind: Kind, call: Call, desk: Desk, *, draft: Draft[Any], body: bytes) -> Response[Any]:
    key, project_id = place(kind, call, draft)
    value = authored(kind, call, read_value(kind, body))
    setting_id = kind.setting_id(key)
    async with desk.store.within(call.projects) as db:
        await refuse_flawed(db, kind, call, key=key, project_id=project_id, value=value)
        await settings.create(db, call, setting_id, sealed(kind, setting_id, value, before=None, master=desk.master))
        found = await settings.one(db, setting_id)
        await record(db, call, entity=setting_id, after=hidden(kind, found.value))
    return tagged(kind, found, status=201, location=f"{PREFIX}/{kind.path}/{key}")


async def replaced(kind: Kind, call: Call, desk: Desk, *, body: bytes) -> Response[Any]:
    expected = settings.expected_version(call.if_match)
    async with desk.store.within(call.seen) as db:
        before = await mine(db, kind, call)
        value = authored(kind, call, read_value(kind, body))
        await refuse_flawed(db, kind, call, key=before.key, project_id=before.project_id or 0, value=value)
        was = msgspec.convert(before.value, kind.struct)
        after = sealed(kind, before.setting_id, value, before=was, master=desk.master)
        await settings.change(db, call, before, after, expected=expected)
        found = await settings.one(db, before.setting_id)
        await record(
            db, call, entity=found.setting_id, before=hidden(kind, before.value), after=hidden(kind, found.value)
        )
    return tagged(kind, found)


async def previewed(kind: Kind, call: Call, desk: Desk, *, draft: Draft[Any], body: bytes) -> Preview:
    key, project_id = place(kind, call, draft)
    value = authored(kind, call, read_value(kind, body))
    async with desk.store.within(call.projects) as db:
        known = await around(db, call, project_id=project_id, setting_id=kind.setting_id(key), value=value)
        found = examine.flaws(kind, key, value, known)
        episodes = await stored.open_episodes(db, project_id)
    effect = examine.effect(key, value, known, episodes) if not found else None
    return Preview(ok=not found, words=wording.words(kind.name, value), errors=found, effect=effect)


def read_value(kind: Kind, body: bytes) -> Part:
    """The value, from the bytes: the decoded draft no longer knows which fields were no fields."""
    return examine.strict(kind, msgspec.json.decode(body)["value"])


def authored(kind: Kind, call: Call, value: Part) -> Part:
    """Who wrote it, and whose it is, is not for the writer to say."""
    match value:
        case SilenceSettings() | WindowSettings() | TemplateSettings():
            return msgspec.structs.replace(value, author=call.caller.actor)
        case MethodSettings():
            return msgspec.structs.replace(value, person=call.caller.person, hint="", verified_at=0, disabled_why="")
        case PersonalRuleSettings():
            return msgspec.structs.replace(value, person=call.caller.person)
        case _:
            return value


async def around(db: Database, call: Call, *, project_id: int, setting_id: str, value: Part) -> Known:
    """Everything that is set, with the draft in its place."""
    now = await stored.snapshot(db)
    kind, _, key = setting_id.partition(":")
    kinds = {name: dict(values) for name, values in now.kinds.items()}
    kinds.setdefault(kind, {})[key] = value
    draft = Snapshot(kinds=kinds, versions=now.versions, offset=now.offset)
    return Known.of(draft, call.at, project_id, call.caller.zone)


async def refuse_flawed(db: Database, kind: Kind, call: Call, *, key: str, project_id: int, value: Part) -> None:
    known = await around(db, call, project_id=project_id, setting_id=kind.setting_id(key), value=value)
    found = examine.flaws(kind, key, value, known)
    if (
        kind.sealed
        and not getattr(value, "address", "")
        and not isinstance(known_before(known, kind, key), kind.struct)
    ):
        raise invalid("/value/address", "an address is needed")
    if found:
        raise Problem(Code.INVALID, found[0].message, found)


def known_before(known: Known, kind: Kind, key: str) -> Part | None:
    """The draft stands in the snapshot, so presence alone says nothing: look at the versions."""
    there = kind.setting_id(key) in known.snapshot.versions
    return known.snapshot.kinds.get(kind.name, {}).get(key) if there else None


async def mine(db: Database, kind: Kind, call: Call) -> settings.Setting:
    """The setting of the path; another person's is not there."""
    found = await settings.one(db, call.target)
    if kind.of_person and (found.value or {}).get("person") != call.caller.person:
        raise not_found()
    return found


def shown(kind: Kind, found: settings.Setting) -> Object[Any]:
    return Object(
        id=found.key,
        version=found.version,
        updated_at=found.updated_at,
        updated_by=found.updated_by,
        value=msgspec.convert(hidden(kind, found.value), kind.struct),
        project_id=found.project_id or 0,
    )


def tagged(kind: Kind, found: settings.Setting, *, status: int = 200, location: str = "") -> Response[Any]:
    headers = {"ETag": f'"{found.version}"'}
    if location:
        headers["Location"] = location
    return Response(shown(kind, found), status_code=status, headers=headers)


def refuse_needed(found: settings.Setting) -> None:
    """The root of routes cannot go: without it nothing would be shown anywhere."""
    if found.kind == "route" and found.key.endswith(":root"):
        raise Problem(Code.CONFLICT, "The root route cannot be removed.")
