"""People and their roles."""

import secrets
from typing import Final

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody

from query_api import defaults, people
from query_api.calls import Call
from query_api.people import (
    Invited,
    Membership,
    MyChange,
    NewPerson,
    People,
    Person,
    PersonChange,
    changed,
    check_roles,
    with_role,
)
from query_api.problems import Code, Problem, invalid
from query_api.protocol.issues import Limit
from query_api.protocol.objects import Cursor
from query_api.protocol.passwords import password_link
from query_api.protocol.wiring import PREFIX, Desk, Handles, TheCall, TheDesk
from query_api.queries import people as stored
from query_api.queries import settings
from query_api.queries.audit import record
from query_api.queries.messages import Message, send
from query_api.queries.store import Database
from query_api.search.instants import zone_of
from runtime.secrets import seal
from schemas.kinds import Channel, Role
from schemas.settings.people import MethodSettings, PersonSettings


def shown(call: Call, found: settings.Setting) -> Person:
    value = msgspec.convert(found.value, PersonSettings)
    return people.view(found.key, found.version, value, frozenset(call.caller.roles))


async def list_people(call: TheCall, desk: TheDesk, *, limit: Limit = 100, cursor: Cursor = "") -> People:
    """Everybody; their roles in the projects we share."""
    async with desk.store.within(call.projects) as db:
        found = await stored.listed(db, cursor, limit)
    return People(items=tuple(shown(call, one) for one in found))


async def show_person(call: TheCall, desk: TheDesk, person: FromPath[str]) -> Response[Person]:
    """One person."""
    async with desk.store.within(call.projects) as db:
        found = await settings.one(db, f"person:{person}")
    return Response(shown(call, found), headers={"ETag": f'"{found.version}"'})


async def invite(call: TheCall, desk: TheDesk, data: JSONBody[NewPerson]) -> Response[Invited]:
    """Invite somebody: they get a mail with a link to choose a password."""
    check_roles(call.caller, data.roles)
    if data.staff and not call.caller.staff:
        raise Problem(Code.ROLE_NEEDED, "Only staff makes staff.")
    person = defaults.short_id(secrets.token_bytes(8))
    method = f"method:{defaults.short_id(secrets.token_bytes(8))}"
    async with desk.store.within(call.projects) as db:
        if await db.value("select 1 from people where lower(email) = lower(%s)", (data.email,)):
            raise Problem(Code.CONFLICT, "There is already somebody with this address.")
        value = PersonSettings(email=data.email, name=data.name, roles=data.roles, staff=data.staff)
        await settings.create(db, call, f"person:{person}", value)
        sealed = seal(desk.master, method, data.email)
        await settings.create(
            db,
            call,
            method,
            MethodSettings(person=person, channel=Channel.EMAIL, address=sealed, hint=defaults.hint(data.email)),
        )
        await stored.add_credentials(db, person, call.at)
        link = await invitation(db, call, desk, person=person, email=data.email)
        await record(db, call, entity=f"person:{person}", after=value)
    headers = {"Location": f"{PREFIX}/people/{person}"}
    return Response(Invited(person=person, link=link), status_code=201, headers=headers)


async def invitation(db: Database, call: Call, desk: Desk, *, person: str, email: str) -> str:
    until = call.at + people.INVITED_MS
    link = password_link(desk, person, changed_at=await stored.changed_at(db, person) or 0, until=until)
    message = Message(
        request_id=defaults.short_id(secrets.token_bytes(8)),
        kind="invite",
        recipient=f"person:{person}",
        channel=Channel.EMAIL,
        address=email,
        secret=link,
        until=until,
        words={"by": call.caller.name},
    )
    await send(db, call, message, desk.master)
    return link


async def change_person(
    call: TheCall, desk: TheDesk, person: FromPath[str], data: JSONBody[PersonChange]
) -> Response[Person]:
    """Rename or deactivate somebody; whoever is deactivated is signed out. Needs If-Match."""
    if data.staff is not msgspec.UNSET and not call.caller.staff:
        raise Problem(Code.ROLE_NEEDED, "Only staff makes staff.")
    expected = settings.expected_version(call.if_match)
    async with desk.store.within(call.projects) as db:
        before = await settings.one(db, f"person:{person}")
        value = msgspec.convert(before.value, PersonSettings)
        if value.staff and not call.caller.staff:
            raise Problem(Code.ROLE_NEEDED, "Only staff changes staff.")
        found = await rewritten(db, call, before, changed(value, data), expected=expected)
        if data.active is False:
            await stored.end_logins(db, person)
    return Response(shown(call, found), headers={"ETag": f'"{found.version}"'})


async def change_me(call: TheCall, desk: TheDesk, data: JSONBody[MyChange]) -> Response[Person]:
    """My name, zone, hours and leave. Needs If-Match."""
    if isinstance(data.zone, str) and zone_of(data.zone).key != data.zone:
        raise invalid("/zone", f"there is no zone {data.zone}")
    expected = settings.expected_version(call.if_match)
    async with desk.store.within(call.projects) as db:
        before = await settings.one(db, f"person:{call.caller.person}")
        value = msgspec.convert(before.value, PersonSettings)
        found = await rewritten(db, call, before, changed(value, data), expected=expected)
    return Response(shown(call, found), headers={"ETag": f'"{found.version}"'})


async def rewritten(
    db: Database, call: Call, before: settings.Setting, after: PersonSettings, *, expected: int
) -> settings.Setting:
    await settings.change(db, call, before, after, expected=expected)
    found = await settings.one(db, before.setting_id)
    await record(db, call, entity=before.setting_id, before=before.value, after=after)
    return found


async def set_member(call: TheCall, desk: TheDesk, person: FromPath[str], data: JSONBody[Membership]) -> Person:
    """Give somebody a role in the project."""
    check_roles(call.caller, {str(call.project_id): data.role}, "/role")
    return await membership(call, desk, person, data.role)


async def drop_member(call: TheCall, desk: TheDesk, person: FromPath[str]) -> None:
    """Take somebody's role in the project away."""
    await membership(call, desk, person, None)


async def membership(call: Call, desk: Desk, person: str, role: Role | None) -> Person:
    async with desk.store.within(call.seen) as db:
        before = await settings.one(db, f"person:{person}")
        value = msgspec.convert(before.value, PersonSettings)
        held = value.roles.get(str(call.project_id))
        if held is not None:
            check_roles(call.caller, {str(call.project_id): held}, "/role")
        after = with_role(value, call.project_id, role)
        return shown(call, await rewritten(db, call, before, after, expected=before.version))


HANDLES: Final[Handles] = {
    "people_list": list_people,
    "people_show": show_person,
    "people_invite": invite,
    "people_change": change_person,
    "me_change": change_me,
    "members_set": set_member,
    "members_drop": drop_member,
}
