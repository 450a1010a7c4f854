"""Passwords: asked for anew by mail, chosen by a link that works once, changed by whoever knows the old one."""

import asyncio
import secrets
import time
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, JSONBody

from domain.passes import PasswordPass, opened, signed
from query_api import defaults, people
from query_api.calls import NOBODY, Call
from query_api.guard import address_of
from query_api.login import HASHER
from query_api.operations import BY_ID
from query_api.people import NewSecret, Passwords, ResetAsked
from query_api.problems import Code, Problem, not_found
from query_api.protocol.wiring import Desk, Handles, TheCall, TheDesk
from query_api.queries import people as stored
from query_api.queries import settings
from query_api.queries.audit import record
from query_api.queries.messages import Message, send
from query_api.queries.store import Database
from query_api.rates import Cost
from schemas.kinds import Channel
from schemas.settings.people import MethodSettings


class Asked(msgspec.Struct, frozen=True):
    """The same for everybody."""

    state: str = "accepted"


def password_link(desk: Desk, person: str, *, changed_at: int, until: int) -> str:
    return f"{desk.public_url}/password/{signed(PasswordPass(person, changed_at, until), desk.pass_key)}"


async def ask_reset(call: TheCall, desk: TheDesk, data: JSONBody[ResetAsked]) -> Response[Asked]:
    """A mail with a link, if the address is somebody's; the answer never tells."""
    desk.guard.spend(f"account:{data.email.lower()}", Cost.SIGN_IN, call.at)
    async with desk.store.within(()) as db:
        account = await stored.account(db, data.email)
        if account is not None:
            until = call.at + people.RESET_MS
            link = password_link(desk, account.person, changed_at=account.changed_at, until=until)
            message = Message(
                request_id=defaults.short_id(secrets.token_bytes(8)),
                kind="reset",
                recipient=f"person:{account.person}",
                channel=Channel.EMAIL,
                address=data.email,
                secret=link,
                until=until,
            )
            await send(db, call, message, desk.master)
    return Response(Asked(), status_code=202)


async def choose_password(
    call: TheCall, desk: TheDesk, token: FromPath[str], data: JSONBody[NewSecret]
) -> Response[None]:
    """A new password by the link of a mail; it works once and ends all logins."""
    await chosen(call, desk, token, data.password)
    return Response(None, status_code=204)


async def choose(request: Request[Any, Any, Any], desk: Desk, token: str, password: str) -> None:
    """The same for the page of the link, which no guard let in."""
    at = int(time.time() * 1000)
    desk.guard.spend(f"address:{address_of(request)}", Cost.SIGN_IN, at)
    request_id = request.scope["state"]["request_id"]
    call = Call(operation=BY_ID["passwords_choose"], caller=NOBODY, at=at, request_id=request_id)
    await chosen(call, desk, token, password)


async def chosen(call: Call, desk: Desk, token: str, password: str) -> None:
    passed = opened(token, desk.pass_key, PasswordPass, call.at)
    if passed is None:
        raise not_found()
    hashed = await asyncio.to_thread(HASHER.hash, password)
    about = call_of(call, passed.person)
    async with desk.store.within(()) as db:
        done = await stored.set_password(db, passed.person, hashed=hashed, at=call.at, expected=passed.changed_at)
        if not done:
            raise Problem(Code.EXPIRED, "The link was used, or the password was changed since.")
        await prove_email(db, about, passed.person)
        await record(db, about, entity=f"person:{passed.person}")


def call_of(call: Call, person: str) -> Call:
    """The link is the proof of who it is."""
    return msgspec.structs.replace(call, caller=msgspec.structs.replace(call.caller, person=person))


async def prove_email(db: Database, call: Call, person: str) -> None:
    """Whoever opened the mail reads that address."""
    found = await stored.email_method(db, person)
    if found is None:
        return
    value = msgspec.convert(found.value, MethodSettings)
    if not value.verified_at:
        proven = msgspec.structs.replace(value, verified_at=call.at)
        await settings.change(db, call, found, proven, expected=found.version)


async def change_password(call: TheCall, desk: TheDesk, data: JSONBody[Passwords]) -> Response[None]:
    """A new password for me; all my logins end, this one too."""
    desk.guard.spend(f"account:{call.caller.email.lower()}", Cost.SIGN_IN, call.at)
    account = await desk.logins.sign_in(call.caller.email, data.current)
    hashed = await asyncio.to_thread(HASHER.hash, data.password)
    async with desk.store.within(()) as db:
        before = await stored.changed_at(db, account.person)
        await stored.set_password(db, account.person, hashed=hashed, at=call.at, expected=before or 0)
        await record(db, call, entity=f"person:{account.person}")
    return Response(None, status_code=204)


HANDLES: Final[Handles] = {
    "passwords_ask": ask_reset,
    "passwords_choose": choose_password,
    "passwords_change": change_password,
}
