"""Signing in and out, and who I am."""

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from msgspec import Meta

from query_api.login import LASTING_MS
from query_api.protocol.wiring import Handles, TheCall, TheDesk
from query_api.queries.audit import record
from query_api.rates import Cost
from query_api.views import View

Email = Annotated[str, Meta(min_length=3, max_length=200)]
Password = Annotated[str, Meta(min_length=1, max_length=256)]


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email
    password: Password


class Me(View, frozen=True, kw_only=True):
    """`csrf` goes into X-Gregor-CSRF of every change by a cookie login. `roles`: project id -> role."""

    person: str
    name: str
    email: str
    zone: str
    staff: bool = False
    roles: dict[str, str] = {}
    csrf: str = ""
    scopes: tuple[str, ...] = ()


async def login(call: TheCall, desk: TheDesk, data: JSONBody[SignIn]) -> Response[Me]:
    """Sign in with a password: sets the cookie and answers as /me does."""
    desk.guard.spend(f"account:{data.email.lower()}", Cost.SIGN_IN, call.at)
    account = await desk.logins.sign_in(data.email, data.password)
    async with desk.store.within(()) as db:
        if call.caller.login_id:
            await db.run("delete from logins where login_id = %s", (call.caller.login_id,))
        new = await desk.logins.begin(db, account.person, address=call.address, agent=call.agent, at=call.at)
        signed = msgspec.structs.replace(call, caller=msgspec.structs.replace(call.caller, person=account.person))
        await record(db, signed, entity=f"person:{account.person}")
    caller = await desk.logins.by_cookie(new.secret, call.at)
    assert caller is not None
    return Response(view(msgspec.structs.replace(call, caller=caller)), cookies=[cookie(desk, new.secret)])


async def logout(call: TheCall, desk: TheDesk) -> Response[None]:
    """End this login."""
    async with desk.store.within(()) as db:
        await db.run("delete from logins where login_id = %s", (call.caller.login_id,))
        await record(db, call, entity=f"person:{call.caller.person}")
    gone = cookie(desk, "")
    gone.max_age = 0
    return Response(None, status_code=204, cookies=[gone])


async def me(call: TheCall) -> Me:
    """Who I am, what I may do where, and the CSRF token of this login."""
    return view(call)


def view(call: TheCall) -> Me:
    caller = call.caller
    return Me(
        person=caller.person,
        name=caller.name,
        email=caller.email,
        zone=caller.zone,
        staff=caller.staff,
        roles={str(project): str(role) for project, role in caller.roles.items()},
        csrf=caller.csrf,
        scopes=tuple(sorted(caller.scopes or ())),
    )


def cookie(desk: TheDesk, secret: str) -> Cookie:
    return Cookie(
        key=desk.guard.cookie,
        value=secret,
        path="/",
        max_age=LASTING_MS // 1000,
        secure=desk.secure,
        httponly=True,
        samesite="lax",
    )


HANDLES: Final[Handles] = {"login": login, "logout": logout, "me": me}
