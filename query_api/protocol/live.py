"""Live updates over SSE and WebSocket: the same messages, the same resuming, the same limits."""

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler
from litestar.params import QueryParameter
from litestar.response import Stream

from query_api import feed
from query_api.calls import Call
from query_api.feed import Watch
from query_api.live import Full, Gap
from query_api.origins import ours
from query_api.problems import Code, Problem, not_found
from query_api.protocol.wiring import PREFIX, Desk, Handles, TheCall, TheDesk
from query_api.queries.issues import fresh_at
from query_api.rights import Least, reach

BEAT_S: Final = 5.0
AGAIN_S: Final = 30.0
KINDS: Final = frozenset({"issue", "command", "step", "delivery"})
Kinds = Annotated[
    str, QueryParameter(max_length=100, description="issue, command, step, delivery, comma separated; empty: all")
]
OfIssue = Annotated[str, QueryParameter(max_length=32, description="only about this issue")]
OfProject = Annotated[int, QueryParameter(ge=0, le=2**53, description="only of this project; 0: all of mine")]
Since = Annotated[str, QueryParameter(max_length=4_000, description="where I stood: the id of the last event")]


class Hello(msgspec.Struct, frozen=True):
    """First of all: what is watched, and the place to resume from."""

    version: str
    since: str


class Fresh(msgspec.Struct, frozen=True):
    """Each 5 s: everything accepted before `fresh_at` is in every number; also the heartbeat."""

    fresh_at: int
    behind_s: float
    since: str


def watch_of(kinds: str, issue: str, project: int) -> Watch:
    asked = frozenset(part for part in kinds.split(",") if part)
    if asked - KINDS:
        raise Problem(Code.INVALID, f"kinds are {', '.join(sorted(KINDS))}")
    return Watch(kinds=asked, issue_id=issue, project_id=project)


async def events(
    call: TheCall, desk: TheDesk, *, kinds: Kinds = "", issue: OfIssue = "", project: OfProject = 0, since: Since = ""
) -> Stream:
    """Server-sent events: hello, issue, command, step, delivery, fresh, gap."""
    if project and project not in call.projects:
        raise not_found()
    watch = watch_of(kinds, issue, project)
    start = feed.read(call.last_event_id or since)
    return Stream(sse(call, desk, watch, start), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def sse(call: Call, desk: Desk, watch: Watch, since: feed.Vector) -> AsyncIterator[bytes]:
    async for kind, body in stream(call, desk, watch, since):
        mark = f"id: {feed.written(desk.hub.seen)}\n" if kind in {"hello", "fresh"} else ""
        yield f"event: {kind}\n{mark}data: ".encode() + body + b"\n\n"


async def stream(call: Call, desk: Desk, watch: Watch, since: feed.Vector) -> AsyncIterator[tuple[str, bytes]]:
    """Kind and JSON of each message. Ends with `gap` for who is too slow, without a word for who may no longer."""
    try:
        client, gap = desk.hub.join(watch, frozenset(call.projects), since)
    except Full:
        yield "gap", msgspec.json.encode(Gap("too many watch here"))
        return
    try:
        yield "hello", msgspec.json.encode(Hello("v1", feed.written(desk.hub.seen)))
        if gap is not None:
            yield "gap", msgspec.json.encode(gap)
        async for kind, body in running(call, desk, client):
            yield kind, body
    finally:
        desk.hub.leave(client)


async def running(call: Call, desk: Desk, client: Any) -> AsyncIterator[tuple[str, bytes]]:
    beat, checked = 0.0, time.monotonic()
    async for found in desk.hub.messages(client, BEAT_S):
        if isinstance(found, Gap):
            yield "gap", msgspec.json.encode(found)
            return
        if found is not None:
            yield found.kind, found.body
        now = time.monotonic()
        if now - beat < BEAT_S:
            continue
        beat = now
        yield "fresh", msgspec.json.encode(await freshness(desk))
        if now - checked >= AGAIN_S:
            checked = now
            if not await still(call, desk, client):
                return


async def freshness(desk: Desk) -> Fresh:
    """Asked once per beat and process, whatever the number of clients."""
    at = int(time.time() * 1000)
    if at - desk.pulse.asked_at >= BEAT_S * 1000:
        desk.pulse.asked_at = at
        async with desk.store.within(()) as db:
            desk.pulse.fresh_at = await fresh_at(db)
    known = desk.pulse.fresh_at
    return Fresh(known, max(0, at - known) / 1000, feed.written(desk.hub.seen))


async def still(call: Call, desk: Desk, client: Any) -> bool:
    """Whether the login or token still stands; its projects are read anew."""
    caller = await desk.guard.again(call.caller, int(time.time() * 1000))
    if caller is None:
        return False
    client.projects = frozenset(reach(caller, Least.VIEWER))
    return True


async def socket(socket: WebSocket[Any, Any, Any], desk: TheDesk) -> None:
    """One WebSocket per tab: a cookie and our own Origin, then the messages of SSE as JSON with their kind."""
    at = int(time.time() * 1000)
    caller = await desk.guard.of_cookie(socket.cookies.get(desk.guard.cookie, ""), at)
    if caller is None or not ours(dict(socket.headers), desk.guard.origin):
        await socket.close(code=4401)
        return
    query = socket.query_params
    try:
        watch = watch_of(query.get("kinds", ""), query.get("issue", ""), int(query.get("project", "0")))
    except (Problem, ValueError):
        await socket.close(code=4400)
        return
    call = Call(operation=desk.guard.live, caller=caller, at=at, request_id="", projects=reach(caller, Least.VIEWER))
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        async for kind, body in stream(call, desk, watch, feed.read(query.get("since", ""))):
            await socket.send_data(b'{"kind":"' + kind.encode() + b'","body":' + body + b"}", mode="text")
        await socket.close(code=1013)


SOCKET: Final = WebsocketRouteHandler(f"{PREFIX}/live")(socket)
HANDLES: Final[Handles] = {"live_events": events}
