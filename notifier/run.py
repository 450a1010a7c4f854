"""The sending thread: the sender, and beside it errands that come round at their own pace."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, Protocol

import msgspec
import psycopg

from notifier.channels.wire import Request
from notifier.ledger.queue import Queue
from notifier.ledger.rechecks import Rechecks
from notifier.listener import Listener
from notifier.plan import World
from notifier.requests import delivery
from notifier.send.guard import Web
from notifier.send.sender import Sender
from runtime.clock import now_ms
from runtime.kafka import PublishFailed
from schemas.commands import EpisodeCommand

log = logging.getLogger(__name__)
RECHECK_S: Final = 1.0
FALLBACK_S: Final = 1.0
REQUESTS_S: Final = 0.5
HEARTBEAT_S: Final = 60.0
HEARTBEAT_DEADLINE_S: Final = 10.0


class Errand(msgspec.Struct, frozen=True):
    """Something to do every `every_s`; `close` when the thread ends."""

    name: str
    every_s: float
    act: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


class Said(Protocol):
    def __call__(self, given: Iterable[EpisodeCommand], /) -> None: ...


def rechecking(rechecks: Rechecks, world: Callable[[], World], say: Said) -> Errand:
    async def act() -> None:
        commands = await rechecks.run(world())
        if commands:
            await asyncio.to_thread(say, commands)

    return Errand("recheck", RECHECK_S, act, rechecks.close)


def falling_back(queue: Queue) -> Errand:
    return Errand("fallback", FALLBACK_S, queue.fall_back, queue.close)


def fetching(queue: Queue, world: Callable[[], World], wake: Callable[[], None]) -> Errand:
    """Messages that people caused become rows; an id twice is one row."""

    async def act() -> None:
        asked = await queue.requested()
        if asked:
            await queue.plan((delivery(one, world()) for one in asked), now_ms())
            wake()

    return Errand("requests", REQUESTS_S, act, queue.close)


def beating(queue: Queue, web: Web, url: str) -> Errand:
    """A watcher elsewhere raises the alarm when this stays away."""

    async def act() -> None:
        if not await queue.waiting_long():
            await web.ask(Request(url=url, headers={}, body=b"", method="GET"), HEARTBEAT_DEADLINE_S)

    return Errand("heartbeat", HEARTBEAT_S, act, web.close)


async def together(
    sender: Sender, errands: Sequence[Errand], stop: threading.Event, listener: Listener | None = None
) -> None:
    """Ends when the sender does. A bug in any of them ends all."""
    if listener is not None:
        await listener.start()
    try:
        await _going(sender, errands, stop)
    finally:
        if listener is not None:
            await listener.stop()


async def _going(sender: Sender, errands: Sequence[Errand], stop: threading.Event) -> None:
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(sender.run(stop))
        going = [group.create_task(_round(errand)) for errand in errands]
        await sending
        for task in going:
            task.cancel()


async def _round(errand: Errand) -> None:
    try:
        while True:
            await _once(errand)
            await asyncio.sleep(errand.every_s)
    finally:
        await errand.close()


async def _once(errand: Errand) -> None:
    """A store or broker that is away is waited for; the sender says so in its log too."""
    try:
        await errand.act()
    except (psycopg.OperationalError, psycopg.InterfaceError, PublishFailed) as error:
        log.warning("an errand waits", extra={"fields": {"errand": errand.name, "error": type(error).__name__}})
