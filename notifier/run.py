"""The sending thread: the sender, and beside it errands that come round at their own pace."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, Protocol

import msgspec
import psycopg

from notifier.ledger.rechecks import Rechecks
from notifier.plan import World
from notifier.send.sender import Sender
from runtime.kafka import PublishFailed
from schemas.commands import EpisodeCommand

log = logging.getLogger(__name__)
RECHECK_S: Final = 1.0


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


async def together(sender: Sender, errands: Sequence[Errand], stop: threading.Event) -> None:
    """Ends when the sender does. A bug in any of them ends all."""
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
