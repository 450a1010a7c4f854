"""Before every handler: who is it, may they, not too often, and where does it reach."""

import secrets
import time
from collections import OrderedDict
from ipaddress import ip_address
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from query_api.calls import NOBODY, Call
from query_api.login import Logins
from query_api.operations import BY_ID, Operation, Target
from query_api.origins import cookie_name, foreign, origin, ours, same
from query_api.problems import Code, Flaw, Problem
from query_api.queries import targets
from query_api.queries.people import named_with_role
from query_api.queries.store import Store
from query_api.rates import RATES, Bucket, Cost, take
from query_api.rights import Caller, Least, may, rank, reach, scoped

Connection = ASGIConnection[Any, Any, Any, Any]
BUCKETS: Final = 20_000
WORDS: Final = {
    Least.VIEWER: "viewer",
    Least.MEMBER: "member",
    Least.ADMIN: "admin",
    Least.OWNER: "owner",
    Least.STAFF: "staff",
}


class Guard:
    """Litestar calls `admit` before it reads the body; what it finds out travels as a Call."""

    def __init__(self, store: Store, logins: Logins, public_url: str) -> None:
        self.store, self.logins = store, logins
        self.origin = origin(public_url)
        self.cookie = cookie_name(public_url)
        self.rates = RATES
        self.live = BY_ID["live_events"]
        self.buckets: OrderedDict[tuple[str, Cost], Bucket] = OrderedDict()

    async def admit(self, connection: Connection, handler: BaseRouteHandler) -> None:
        operation: Operation = handler.opt["operation"]
        refuse_unknown(connection, handler.opt["parameters"])
        at = int(time.time() * 1000)
        address = address_of(connection)
        caller = await self._caller(connection, address, at)
        self._refuse(operation, caller, dict(connection.headers))
        self.spend(caller.credential or f"address:{address}", operation.cost, at)
        project_id, target, projects = await self._reach(operation, caller, connection.path_params)
        request_id = connection.scope["state"]["request_id"]
        connection.state.call = Call(
            operation=operation,
            caller=caller,
            at=at,
            request_id=request_id,
            address=address,
            agent=connection.headers.get("user-agent", "")[:200],
            projects=projects,
            project_id=project_id,
            target=target,
            if_match=connection.headers.get("if-match", ""),
            last_event_id=connection.headers.get("last-event-id", "")[:4_000],
            key=connection.headers.get("idempotency-key", "")[:200] or request_id,
        )

    async def _caller(self, connection: Connection, address: str, at: int) -> Caller:
        scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found = await self.logins.by_token(secret.strip(), address, at)
            if found is None:
                raise signed_out("The token is unknown, expired or revoked.")
            return found
        cookie = connection.cookies.get(self.cookie, "")
        return (await self.logins.by_cookie(cookie, at) if cookie else None) or NOBODY

    async def of_cookie(self, cookie: str, at: int) -> Caller | None:
        return await self.logins.by_cookie(cookie, at) if cookie else None

    async def again(self, caller: Caller, at: int) -> Caller | None:
        """The same caller as they stand now: None when the login ended or the token was revoked."""
        if caller.login_id:
            return await self.logins.by_login(caller.login_id, at)
        return await self.logins.by_token_id(caller.credential.removeprefix("token:"), at)

    def _refuse(self, operation: Operation, caller: Caller, headers: dict[str, str]) -> None:
        if operation.least is Least.NOBODY:
            if operation.changes and foreign(headers, self.origin):
                raise Problem(Code.FOREIGN_ORIGIN)
            return
        if not caller.person:
            raise signed_out()
        if not scoped(caller, operation.scope):
            raise Problem(Code.SCOPE_NEEDED, f"This needs the scope {operation.scope}.")
        if caller.by_cookie and operation.method != "GET":
            if not ours(headers, self.origin):
                raise Problem(Code.FOREIGN_ORIGIN)
            if not same(caller.csrf, headers.get("x-gregor-csrf", "")):
                raise Problem(Code.BAD_CSRF)

    def spend(self, who: str, cost: Cost, at: int) -> None:
        bucket, wait_s = take(self.buckets.pop((who, cost), None), self.rates[cost], at)
        self.buckets[(who, cost)] = bucket
        if len(self.buckets) > BUCKETS:
            self.buckets.popitem(last=False)
        if wait_s:
            raise limited(wait_s)

    async def _reach(
        self, operation: Operation, caller: Caller, path: dict[str, Any]
    ) -> tuple[int, str, tuple[int, ...]]:
        least = operation.least
        if operation.target is Target.NONE:
            if not may(caller, least):
                raise Problem(Code.ROLE_NEEDED, f"This needs the role {WORDS[least]}.")
            return 0, "", reach(caller, max(least, Least.VIEWER))
        async with self.store.within(reach(caller, Least.VIEWER)) as db:
            found = await targets.find(db, operation, str(path[operation.target]))
            if not enough(caller, least, found.project_id):
                names = await named_with_role(db, found.project_id, least)
                raise Problem(Code.ROLE_NEEDED, f"This needs the role {WORDS[least]}; {names} could do it.")
        projects = (found.project_id,) if found.project_id else reach(caller, max(least, Least.VIEWER))
        return found.project_id, found.target, projects


def enough(caller: Caller, least: Least, project_id: int) -> bool:
    """What belongs to no project (0) asks for the role in some project."""
    return rank(caller, project_id) >= least if project_id else may(caller, least)


def refuse_unknown(connection: Connection, known: dict[str, bool]) -> None:
    """`known`: the operation's query parameters, and whether each may be repeated."""
    seen: set[str] = set()
    for name, value in connection.query_params.multi_items():
        if name not in known:
            raise flawed(Code.UNKNOWN_PARAMETER, name)
        if name in seen and not known[name]:
            raise flawed(Code.REPEATED_PARAMETER, name)
        if "\x00" in str(value):
            raise flawed(Code.INVALID, name)
        seen.add(name)


def address_of(connection: Connection) -> str:
    """Of the peer; empty for what is no IP address (a socket file)."""
    host = connection.client.host if connection.client else ""
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def flawed(code: Code, parameter: str) -> Problem:
    shown = parameter[:100]
    return Problem(code, shown, (Flaw(code=code, message=f"'{shown}'", parameter=shown),))


def signed_out(detail: str = "") -> Problem:
    return Problem(Code.SIGNED_OUT, detail, headers={"WWW-Authenticate": "Bearer"})


def limited(wait_s: float) -> Problem:
    seconds = max(1, int(wait_s + 0.999))
    return Problem(Code.RATE_LIMITED, f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def new_request_id() -> str:
    return secrets.token_hex(8)
