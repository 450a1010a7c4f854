"""Rows of the operations table become Litestar handlers; everything a handler may use is one record."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Litestar, Request, Response
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler

from query_api.calls import Call
from query_api.guard import Guard
from query_api.live import Hub
from query_api.login import Logins
from query_api.operations import BY_ID
from query_api.publish import Redriver
from query_api.queries.documents import Documents
from query_api.queries.store import Store

PREFIX: Final = "/api/v1"
Handle = Callable[..., Awaitable[Any]]
Handles = dict[str, Handle]


class Contract:
    """The OpenAPI document as bytes, written when it is first asked for: it takes a second."""

    make: Callable[[], bytes] | None = None
    document: bytes = b""

    def written(self) -> bytes:
        if not self.document and self.make is not None:
            self.document = self.make()
        return self.document


class Pulse:
    """Shared by all who watch: the watermark as it was last asked for, and the event loop that serves them."""

    asked_at: int = 0
    fresh_at: int = 0
    loop: asyncio.AbstractEventLoop | None = None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers work with. `cursor_key` signs cursors, `pass_key` links; `master` seals."""

    store: Store
    logins: Logins
    guard: Guard
    documents: Documents
    redriver: Redriver
    contract: Contract
    hub: Hub
    pulse: Pulse
    cursor_key: bytes
    pass_key: bytes
    master: bytes
    secure: bool
    public_url: str
    gateway_url: str = ""


TheCall = NamedDependency[Call]
TheDesk = NamedDependency[Desk]


def route(operation_id: str, handle: Handle, guard: Guard) -> HTTPRouteHandler:
    """A handler without a row in the table is a KeyError at start."""
    operation = BY_ID[operation_id]
    wrapped = HTTPRouteHandler(
        PREFIX + operation.path,
        http_method=HttpMethod(operation.method),
        operation_id=operation.id,
        guards=[guard.admit],
        opt={"operation": operation, "parameters": {}},
        status_code=operation.status,
        tags=[operation.group or "sign-in"],
        summary=(handle.__doc__ or operation.id).strip().splitlines()[0],
    )
    return wrapped(handle)


def dependencies(desk: Desk) -> dict[str, Provide]:
    return {
        "desk": Provide(lambda: desk, sync_to_thread=False),
        "call": Provide(call_of, sync_to_thread=False),
    }


def call_of(request: Request[Any, Any, Any]) -> Call:
    call: Call = request.state.call
    return call


def learn_parameters(app: Litestar) -> None:
    """Litestar lets unknown query parameters pass: tell each handler's guard which it declares."""
    for path in app.routes:
        for handler in getattr(path, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and "parameters" in handler.opt:
                expected = handler.create_kwargs_model(path.path_parameters).expected_query_params
                handler.opt["parameters"] = {known.field_alias: known.is_sequence for known in expected}


def fresh(content: Any, fresh_at: int, headers: dict[str, str] | None = None) -> Response[Any]:
    """An answer that says up to when it is complete."""
    return Response(content, headers={"Gregor-Fresh-At": str(fresh_at), **(headers or {})})
