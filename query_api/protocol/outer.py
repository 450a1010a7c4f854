"""Around the whole application: a request id, security headers on every answer, bounded addresses."""

import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from query_api.guard import new_request_id
from query_api.operations import Operation
from query_api.problems import Code, Problem, body
from runtime.declared import counter, histogram

MAX_URL_BYTES: Final = 8_192
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NO_STORE: Final = (b"cache-control", b"no-store")


class Outer:
    """`secure`: the public address is https, so browsers may be told to insist on it."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self.headers = (*HEADERS, HSTS) if secure else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request_id = new_request_id()
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL_BYTES:
            await refuse_long(request_id, self._adding(request_id, send, state))
            return
        started = time.perf_counter()
        await self.app(scope, receive, self._adding(request_id, send, state))
        measured(scope, time.perf_counter() - started)

    def _adding(self, request_id: str, send: Send, state: dict[str, Any]) -> Send:
        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                state["status"] = message["status"]
                there = list(message["headers"])
                there += missing(there, (*self.headers, NO_STORE, (b"x-request-id", request_id.encode())))
                message["headers"] = there
            await send(message)

        return adding


def measured(scope: Scope, seconds: float) -> None:
    """Streams are left out of the times: they last as long as somebody watches."""
    handler = scope.get("route_handler")
    operation = handler.opt.get("operation") if handler is not None else None
    group = (operation.group or "sign-in") if isinstance(operation, Operation) else "none"
    status = f"{scope['state'].get('status', 500) // 100}xx"
    counter("gregor_api_requests_total", group=group, status=status).inc()
    if isinstance(operation, Operation) and operation.id != "live_events":
        histogram("gregor_api_request_seconds", group=group).observe(seconds)


def missing(there: Iterable[tuple[bytes, bytes]], ours: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in there}
    return [(name, value) for name, value in ours if name not in names]


async def refuse_long(request_id: str, send: Send) -> None:
    problem = Problem(Code.ADDRESS_TOO_LONG, f"At most {MAX_URL_BYTES} bytes.")
    content = msgspec.json.encode(body(problem, request_id))
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})
