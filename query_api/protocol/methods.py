"""Proving a contact method: a code is sent there and typed in here."""

import hmac
import secrets
from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from query_api import defaults
from query_api.calls import Call
from query_api.objects.kinds import BY_NAME
from query_api.problems import Code, Problem
from query_api.protocol.objects_written import mine
from query_api.protocol.wiring import Desk, Handles, TheCall, TheDesk
from query_api.queries import settings
from query_api.queries.audit import record
from query_api.queries.messages import Message, send
from query_api.queries.store import Database
from query_api.rates import Cost
from runtime.secrets import unseal
from schemas.settings.people import MethodSettings

WINDOW_MS: Final = 10 * 60_000
METHOD: Final = BY_NAME["method"]


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a code one is sent."""

    code: Annotated[str, Meta(max_length=12)] = ""


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    verified: bool


async def verify(call: TheCall, desk: TheDesk, data: JSONBody[Proof]) -> Response[Proven]:
    """Send a code to the address, or check the one that came."""
    desk.guard.spend(f"verify:{call.target}", Cost.SIGN_IN, call.at)
    async with desk.store.within(call.seen) as db:
        found = await mine(db, METHOD, call)
        value = msgspec.convert(found.value, MethodSettings)
        if not data.code:
            await send_code(db, call, desk, found=found, value=value)
            return Response(Proven(verified=False), status_code=202)
        if not any(hmac.compare_digest(code, data.code.strip()) for code in codes(desk, found, call.at)):
            raise Problem(Code.INVALID, "This is not the code, or it is older than 20 minutes.")
        proven = msgspec.structs.replace(value, verified_at=call.at, disabled_why="")
        await settings.change(db, call, found, proven, expected=found.version)
        await record(db, call, entity=found.setting_id, after={"verified_at": call.at})
    return Response(Proven(verified=True), status_code=200)


async def send_code(db: Database, call: Call, desk: Desk, *, found: settings.Setting, value: MethodSettings) -> None:
    message = Message(
        request_id=defaults.short_id(secrets.token_bytes(8)),
        kind="verify",
        recipient=f"person:{call.caller.person}",
        channel=value.channel,
        address=unseal(desk.master, found.setting_id, value.address),
        secret=codes(desk, found, call.at)[0],
        until=call.at + 2 * WINDOW_MS,
    )
    await send(db, call, message, desk.master)


def codes(desk: Desk, found: settings.Setting, at: int) -> tuple[str, str]:
    """Six digits for this and the last ten minutes, of this version of the method: nothing is stored."""
    window = at // WINDOW_MS
    return code(desk, found, window), code(desk, found, window - 1)


def code(desk: Desk, found: settings.Setting, window: int) -> str:
    text = f"{found.setting_id}:{found.version}:{window}".encode()
    return f"{int.from_bytes(hmac.digest(desk.pass_key, text, 'sha256')[:8], 'big') % 1_000_000:06d}"


HANDLES: Final[Handles] = {"methods_verify": verify}
