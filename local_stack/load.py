"""A load of errors over HTTP with its own ledger: what was sent, what was answered. For tests and benchmarks."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

NO_ANSWER: Final = 0


class Sent(msgspec.Struct, frozen=True):
    """One line of the ledger. `status` 0: no answer; the event may have arrived all the same."""

    event_id: str
    group: int  # events of one group belong to one issue
    sent_at: float  # seconds since 1970
    acked_at: float
    status: int


class Ledger:
    """Appends each answer to a file before the next is taken, so that a killed client loses nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("ab", buffering=0)
        self.lines: list[Sent] = []

    def put(self, sent: Sent) -> None:
        self.file.write(msgspec.json.encode(sent) + b"\n")
        self.lines.append(sent)

    def close(self) -> None:
        os.fsync(self.file.fileno())
        self.file.close()

    def ids(self, *statuses: int) -> set[str]:
        return {sent.event_id for sent in self.lines if sent.status in statuses}

    @property
    def accepted(self) -> set[str]:
        return self.ids(200)

    @property
    def possible(self) -> set[str]:
        """Accepted, or without a clear answer: a 503 says "not acknowledged in time", not "not there"."""
        return self.ids(200, 503, NO_ANSWER)


class Target(msgspec.Struct, frozen=True):
    """Where errors go."""

    url: str  # of the gateway
    project_id: int
    key: str

    @property
    def envelope_url(self) -> str:
        return f"{self.url}/api/{self.project_id}/envelope/?sentry_key={self.key}&sentry_version=7"


def an_error(event_id: str, group: int, padding: int = 0) -> dict[str, Any]:
    """A Sentry event of a group of its own; `padding` bytes of harmless context make it larger."""
    raised = {
        "type": f"Order{group}Error",
        "value": f"amount of order {int(event_id[:6], 16)} is missing",
        "mechanism": {"type": "generic", "handled": False},
        "stacktrace": {"frames": [*map(_frame, range(6)), _crash(group)]},
    }
    return {
        "event_id": event_id,
        "platform": "python",
        "level": "error",
        "environment": "production",
        "release": "orders@1.4.2",
        "server_name": "web-1",
        "exception": {"values": [raised]},
        "user": {"id": f"u{int(event_id[-4:], 16) % 40}"},
        "tags": {"shard": str(group % 7)},
        "extra": {"note": "n" * padding} if padding else {},
    }


def _frame(number: int) -> dict[str, Any]:
    name = f"flow_{number}"
    return {"function": "step", "module": f"app.{name}", "filename": f"app/{name}.py", "lineno": 10, "in_app": True}


def _crash(group: int) -> dict[str, Any]:
    return {
        "function": f"total_{group}",
        "module": f"app.orders_{group}",
        "filename": f"app/orders_{group}.py",
        "lineno": 42,
        "in_app": True,
        "context_line": f"    raise Order{group}Error(amount)",
    }


def envelope(event: dict[str, Any]) -> bytes:
    """One event as Sentry's SDKs send it."""
    payload = json.dumps(event, separators=(",", ":")).encode()
    head = json.dumps({"event_id": event["event_id"]}).encode()
    item = json.dumps({"type": "event", "length": len(payload)}).encode()
    return b"\n".join((head, item, payload, b""))


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`events` at `rate_per_s` over `groups` in turn, from `first_group` on.

    `repeat_every` n: each n-th is sent twice, as clients do. `fresh_every` n: groups come one after the
    other, a new one with each n-th event.
    """

    events: int
    rate_per_s: float
    groups: int
    seed: int = 1
    repeat_every: int = 0
    fresh_every: int = 0
    first_group: int = 0
    padding: int = 0
    senders: int = 16

    def ids(self) -> Iterator[tuple[str, int]]:
        """Event id and group of each request, in order."""
        for number in range(self.events):
            scattered = number * 2_654_435_761 % 2**32
            one = f"{self.seed:08x}{scattered:08x}{number:016x}", self.group(number)
            yield one
            if self.repeat_every and number % self.repeat_every == self.repeat_every - 1:
                yield one

    def group(self, number: int) -> int:
        turn = number // self.fresh_every if self.fresh_every else number
        return self.first_group + turn % self.groups


async def send(target: Target, plan: Plan, ledger: Ledger, stopped: Callable[[], bool] = lambda: False) -> None:
    """Send the plan at its rate; answers of every kind are ledger lines, never exceptions."""
    work: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue(maxsize=plan.senders * 4)
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=plan.senders)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        senders = [asyncio.create_task(_sender(session, target, plan, (ledger, work))) for _ in range(plan.senders)]
        started = time.monotonic()
        for number, (event_id, group) in enumerate(plan.ids()):
            if stopped():
                break
            await asyncio.sleep(max(0.0, started + number / plan.rate_per_s - time.monotonic()))
            await work.put((event_id, group))
        for _ in senders:
            await work.put(None)
        await asyncio.gather(*senders)


async def _sender(
    session: aiohttp.ClientSession,
    target: Target,
    plan: Plan,
    where: tuple[Ledger, "asyncio.Queue[tuple[str, int] | None]"],
) -> None:
    ledger, work = where
    while (item := await work.get()) is not None:
        event_id, group = item
        body = envelope(an_error(event_id, group, plan.padding))
        sent_at = time.time()
        status = await _post(session, target.envelope_url, body)
        ledger.put(Sent(event_id, group, sent_at, time.time(), status))


async def _post(session: aiohttp.ClientSession, url: str, body: bytes) -> int:
    try:
        async with session.post(url, data=body) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return NO_ANSWER
