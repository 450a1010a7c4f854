"""API tokens and logins of the caller."""

import secrets
from typing import Final

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody

from query_api import defaults
from query_api.access import Login, Logins, NewToken, Token, Tokens, expires_at, granted
from query_api.login import new_token
from query_api.problems import not_found
from query_api.protocol.wiring import Handles, TheCall, TheDesk
from query_api.queries import access as stored
from query_api.queries.audit import record
from query_api.tokens import digest


async def list_tokens(call: TheCall, desk: TheDesk) -> Tokens:
    """My tokens; what they are is not kept."""
    async with desk.store.within(()) as db:
        return Tokens(items=tuple(await stored.tokens(db, call.caller.person)))


async def create_token(call: TheCall, desk: TheDesk, data: JSONBody[NewToken]) -> Response[Token]:
    """A token that may do what its scopes say and never more than I may. Shown once."""
    secret = new_token()
    made = Token(
        token_id=defaults.short_id(secrets.token_bytes(8)),
        name=data.name,
        scopes=granted(call.caller, data),
        created_at=call.at,
        projects=data.projects or None,
        expires_at=expires_at(data, call.at),
    )
    async with desk.store.within(()) as db:
        await stored.add_token(db, call.caller.person, digest(secret), made)
        await record(db, call, entity=f"token:{made.token_id}", after=made)
    return Response(msgspec.structs.replace(made, token=secret), status_code=201)


async def revoke_token(call: TheCall, desk: TheDesk, token_id: FromPath[str]) -> None:
    """End a token of mine."""
    async with desk.store.within(()) as db:
        if not await stored.revoke(db, call.caller.person, token_id, call.at):
            raise not_found()
        await record(db, call, entity=f"token:{token_id}")


async def list_logins(call: TheCall, desk: TheDesk) -> Logins:
    """Where I am signed in."""
    async with desk.store.within(()) as db:
        rows = await stored.logins(db, call.caller.person, call.at)
    return Logins(items=tuple(login_view(row, call) for row in rows))


def login_view(row: stored.LoginRow, call: TheCall) -> Login:
    return Login(
        login_id=row.login_id.hex()[:16],
        created_at=row.created_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        address=row.address,
        agent=row.agent,
        current=row.login_id == call.caller.login_id,
    )


async def end_login(call: TheCall, desk: TheDesk, login_id: FromPath[str]) -> None:
    """Sign out there."""
    async with desk.store.within(()) as db:
        if not await stored.end_login(db, call.caller.person, login_id):
            raise not_found()
        await record(db, call, entity=f"person:{call.caller.person}", after={"login": login_id[:16]})


HANDLES: Final[Handles] = {
    "tokens_list": list_tokens,
    "tokens_create": create_token,
    "tokens_revoke": revoke_token,
    "logins_list": list_logins,
    "logins_end": end_login,
}
