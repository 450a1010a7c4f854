"""What the sender asks of a channel, and the gate that only one unsettled message passes at a time."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from notifier.plan import Content, Rendered
from notifier.rows import Claimed
from notifier.verdicts import Verdict

GATE_S: Final = 1.0
Enter = Callable[[], Awaitable[None]]


class Courier(Protocol):
    """One channel at its edge. `room`: how many sends it carries at once.

    `enter` is awaited just before a message may be out that a repetition would double.
    """

    room: int

    def render(self, content: Content, row: Claimed) -> Rendered: ...
    async def send(
        self, rendered: Rendered, address: str, row: Claimed, *, deadline_s: float, enter: Enter
    ) -> Verdict: ...
    async def close(self) -> None: ...


class Gate:
    """One message at a time is out and not yet in the ledger: a kill doubles one, not as many as are on their way.

    Only for a second: behind a slow provider the others go on all the same.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self.lock = lock
        self.inside = False

    async def enter(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATE_S):
                self.inside = await self.lock.acquire()

    def leave(self) -> None:
        if self.inside:
            self.lock.release()
