"""What a failure for good leads to: the address is not used again, its owner hears of it, the escalation goes on."""

import asyncio
from collections.abc import Callable

from notifier.answers import unreachable
from notifier.audience import paged_by_policy
from notifier.broken import notices
from notifier.ledger.queue import Queue
from notifier.plan import Content, Draft, World
from notifier.rows import Claimed
from notifier.settle import Settled
from schemas.commands import EpisodeCommand
from schemas.kinds import DeliveryState


class Aftermath:
    def __init__(
        self, queue: Queue, world: Callable[[], World], say: Callable[[tuple[EpisodeCommand, ...]], None]
    ) -> None:
        self.queue = queue
        self.world = world
        self.say = say

    async def care(self, row: Claimed, content: Content, after: Settled, address: str) -> None:
        """May be repeated: rows, ids and commands are the same again."""
        if after.state is not DeliveryState.FAILED:
            return
        if after.ends and not row.destination_id.startswith("request:"):
            why = after.detail or after.code
            await self.queue.disable(row, address, why)
            await self.queue.plan(notices(row.destination_id, why, self.world(), row.at), row.at)
        if isinstance(content, Draft) and content.page and paged_by_policy(content.step):
            await self._unless_somebody_is_left(row, content)

    async def _unless_somebody_is_left(self, row: Claimed, draft: Draft) -> None:
        if await self.queue.nobody_left(row):
            await asyncio.to_thread(self.say, (unreachable(draft.step, row.at),))
