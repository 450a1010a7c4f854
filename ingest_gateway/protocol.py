"""uvicorn's httptools protocol with the limits it lacks: of target and headers, and of a client's patience."""

import asyncio
from asyncio.events import TimerHandle
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ingest_gateway import caps
from ingest_gateway.answer import SAYS, Answer, raw_headers, refused
from schemas.reasons import Reason
from schemas.verdict import Rejected

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

CYCLE: Final = "gregor.cycle"  # in the scope: the request's cycle, for answers in one write
SLOW: Final = "gregor.slow"  # in the scope: the body did not come in time
LINGER_S: Final = 0.5
OVERLOAD_WAIT_S: Final = 5.0
OVERLOAD_STEP_S: Final = 0.05
DRAIN_BYTES: Final = 64 << 20
DRAIN_S: Final = 5.0
SMALL_BYTES: Final = 65_536
HEAD_BYTES: Final = caps.TARGET_BYTES + caps.HEADER_BYTES + 1024


class Unacceptable(Exception):
    """Raised inside the parser's callbacks; `refusal` says how to answer."""


class Protocol(HttpToolsProtocol):
    """Every refusal closes the connection: what follows on it cannot be trusted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusal: tuple[int, Reason] | None = None
        self.patience: TimerHandle | None = None
        self.in_head = True
        self.head_bytes = 0
        self.refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(caps.HEADER_WAIT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refused:
            return
        self._unset_keepalive_if_required()
        self.head_bytes += len(data) if self.in_head else 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._stay(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(*(self.refusal or (400, Reason.HEADERS)))
        else:
            if self.in_head and self.head_bytes > HEAD_BYTES:
                self._refuse(431, Reason.HEADERS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait(caps.HEADER_WAIT_S)
        self.in_head, self.head_bytes = True, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > caps.TARGET_BYTES:
            self._unacceptable(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > caps.HEADER_COUNT:
            self._unacceptable(431)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # `_stay` reads the head again, without its wish
        self.in_head = False
        if sum(len(name) + len(value) + 4 for name, value in self.headers) > caps.HEADER_BYTES:
            self._unacceptable(431)
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts != 1 and (hosts or self.parser.get_http_version() == "1.1"):
            self._unacceptable(400)
        if any(name == b"transfer-encoding" and value.lower() != b"chunked" for name, value in self.headers):
            self._unacceptable(400)
        super().on_headers_complete()
        self.cycle.scope[CYCLE] = self.cycle  # type: ignore[typeddict-unknown-key]
        self._wait(caps.BODY_WAIT_S)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._wait(None)
        self.in_head, self.head_bytes = True, 0
        super().on_message_complete()

    def _stay(self, rest: bytes) -> None:
        """Java's client offers HTTP/2 with its first request and sends the body all the same: we stay with HTTP/1.1.

        The parser skips the body of such a request, so another one gets the same head without the offer.
        """
        if self.parser.get_method() == b"CONNECT":
            self._refuse(405, Reason.HEADERS)
            return
        kept = [pair for pair in self.headers if pair[0] not in (b"upgrade", b"connection", b"http2-settings")]
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n"]
        head += [part for name, value in kept for part in (name, b": ", value, b"\r\n")]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join([*head, b"\r\n", rest]))

    def _unacceptable(self, status: int) -> None:
        self.refusal = (status, Reason.HEADERS)
        raise Unacceptable

    def _wait(self, seconds: float | None) -> None:
        if self.patience is not None:
            self.patience.cancel()
        self.patience = None if seconds is None else self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        """A body that does not come is told to the application, which answers; headers are answered here."""
        if self.in_head or self.cycle is None or self.cycle.response_complete:
            self._refuse(408, Reason.CLIENT_SLOW)
        else:
            self.cycle.scope[SLOW] = True  # type: ignore[typeddict-unknown-key]
            self.cycle.message_event.set()

    def _refuse(self, status: int, reason: Reason) -> None:
        if self.refused or self.transport.is_closing():
            return
        self.refused = True
        found = refused(reason, SAYS[reason], close=True)
        self.transport.write(wire(Answer(status, found.body, found.content_type, found.headers, reason)))
        self.loop.call_later(LINGER_S, self.transport.close)  # at once, a reset could overtake the answer


def wire(answer: Answer, close: bool = True) -> bytes:
    head = b"".join([name + b": " + value + b"\r\n" for name, value in raw_headers(answer, close)])
    return STATUS_LINE[answer.status] + head + b"\r\n" + answer.body


def answered_at_once(scope: Scope, answer: Answer) -> bool:
    """Head and body in one write, where uvicorn makes two and checks each header; False: not possible here."""
    cycle = scope.get(CYCLE)
    if cycle is None or scope["method"] == "HEAD" or cycle.flow.write_paused:
        return False
    if not cycle.disconnected:
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(wire(answer, close=not cycle.keep_alive))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
    return True


class Held:
    """Bytes of requests that this process holds; above `most` no socket is read."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = 0

    async def room(self) -> bool:
        """Waits for room; False when there was none for 5 s."""
        for _ in range(int(OVERLOAD_WAIT_S / OVERLOAD_STEP_S)):
            if self.now < self.most:
                return True
            await asyncio.sleep(OVERLOAD_STEP_S)
        return False


class Upload:
    """The body of one request as it comes in. `refusal` ends it; `gone`: nobody waits for an answer."""

    def __init__(self, scope: Scope, receive: Receive, held: Held) -> None:
        self.scope, self.receive, self.held = scope, receive, held
        self.refusal: Rejected | None = None
        self.more = True
        self.taken = 0

    async def chunk(self) -> bytes:
        """What came next; empty when `refusal` was set instead."""
        if self.held.now >= self.held.most and not await self.held.room():
            self.refusal = Rejected(Reason.OVERLOADED)
            return b""
        chunk = await self._next()
        self.held.now += len(chunk)
        self.taken += len(chunk)
        return chunk

    async def _next(self) -> bytes:
        message = await self.receive()
        self.more = bool(message.get("more_body", False))
        if message["type"] == "http.disconnect":
            self.refusal = self.refusal or Rejected(Reason.CLIENT_SLOW, "the client went away")
        elif self.more and SLOW in self.scope:
            self.refusal = Rejected(Reason.CLIENT_SLOW)
        return bytes(message.get("body", b""))

    def release(self) -> int:
        """The bytes are not held any longer; how many they were."""
        taken, self.taken = self.taken, 0
        self.held.now -= taken
        return taken

    async def skip_small(self, promised: int) -> None:
        """A small body is read although it is refused: the connection can then be used again."""
        while self.more and 0 < promised <= SMALL_BYTES and self.refusal is None:
            await self._next()

    async def drain(self) -> None:
        """Read on after the answer: closing at once would reset the connection, and the answer with it."""
        left = DRAIN_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                while self.more and left > 0:
                    left -= len(await self._next())
