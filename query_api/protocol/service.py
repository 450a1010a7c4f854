"""About the service itself: its contract, its version, whether it is well, how fresh it is."""

import asyncio
from importlib.metadata import version as installed
from typing import Any, Final

import msgspec
from litestar import Response

from query_api.protocol.wiring import Handles, TheCall, TheDesk, fresh
from query_api.queries.issues import fresh_at


class Version(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    api: str = "v1"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    status: str


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """`fresh_at`: everything accepted before is in every number; 0: not known."""

    fresh_at: int
    behind_s: float


async def show_version(call: TheCall) -> Version:
    """Which release answers."""
    return Version(version=installed("gregor"))


async def show_health(call: TheCall, desk: TheDesk) -> Health:
    """Whether the API reaches its database."""
    await desk.store.alive()
    return Health(status="ok")


async def show_freshness(call: TheCall, desk: TheDesk) -> Response[Freshness]:
    """How far behind the present the numbers are."""
    async with desk.store.within(()) as db:
        known = await fresh_at(db)
    return fresh(Freshness(fresh_at=known, behind_s=max(0, call.at - known) / 1000), known)


async def show_openapi(call: TheCall, desk: TheDesk) -> Response[Any]:
    """This contract, OpenAPI 3.1."""
    document = await asyncio.to_thread(desk.contract.written)
    return Response(document, media_type="application/json")


HANDLES: Final[Handles] = {
    "version": show_version,
    "health": show_health,
    "freshness": show_freshness,
    "openapi": show_openapi,
}
