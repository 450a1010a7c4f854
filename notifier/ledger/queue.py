"""The queue of deliveries: claim, keep the rendered content, settle, pick up what a crash left behind."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import psycopg
from psycopg.rows import DictRow

from domain.ids import address_digest
from notifier import queue_statements, statements
from notifier.plan import Content, Delivery, Draft, Letter
from notifier.postgres import connect_async
from notifier.receipts import Receipt
from notifier.requests import Asked
from notifier.rows import Claimed, claimed, packed, planned, settled, unpacked
from notifier.settle import Settled
from schemas.kinds import AlertState
from schemas.record import Instant

LEASE_MS: Final = 30_000
AT_ONCE: Final = 2  # to one destination: a slow one must not fill the channel


def _is_page(content: Content) -> bool:
    return isinstance(content, Draft) and content.page


class Queue:
    """One connection, one question at a time; connects anew after a failure, which the caller sees."""

    def __init__(self, address: str, owner: str) -> None:
        self.address = address
        self.owner = owner
        self.connection: psycopg.AsyncConnection[DictRow] | None = None
        self.lock = asyncio.Lock()

    async def claim(self, free: Mapping[str, int], busy: Sequence[str], ill: Sequence[str]) -> list[Claimed]:
        """Due rows of the channels that have room, most urgent first, without destinations in `busy`.

        `ill`: channels and destinations whose breaker is open; only what is critical goes there.
        """
        rows = await self._ask(
            queue_statements.CLAIM,
            {
                "channels": list(free),
                "free": list(free.values()),
                "busy": list(busy),
                "each": AT_ONCE,
                "ill": list(ill),
                "owner": self.owner,
                "lease_ms": LEASE_MS,
            },
        )
        return [claimed(row) for row in rows]

    async def keep(self, row: Claimed, letter: Letter, template: str) -> None:
        """Store what will be sent, before it is sent: a second attempt sends the same bytes."""
        params = {"delivery_id": row.delivery_id, "attempt": row.attempt, "content": packed(letter)}
        await self._ask(queue_statements.RENDERED, {**params, "template": template})

    async def children(self, bundle_id: str, every: bool) -> list[tuple[Letter, AlertState]]:
        """What a bundle holds, with the state of each episode; `every`: also what was cancelled meanwhile."""
        rows = await self._ask(queue_statements.CHILDREN, {"bundle_id": bundle_id, "all": every})
        return [(unpacked(row["content"]), AlertState(row["state"])) for row in rows]

    async def settle(self, row: Claimed, after: Settled) -> Instant | None:
        """When it was settled; None if the row was no longer ours: its lease had run out."""
        rows = await self._ask(queue_statements.SETTLED, settled(row, after))
        return int(rows[0]["at"]) if rows else None

    async def expired(self, held: Sequence[str]) -> list[Claimed]:
        """Rows whose sender vanished in mid-send, leased to us until they are settled; not those in our hands."""
        rows = await self._ask(
            queue_statements.EXPIRED, {"owner": self.owner, "lease_ms": LEASE_MS, "held": list(held)}
        )
        return [claimed(row) for row in rows]

    async def plan(self, deliveries: Iterable[Delivery], at: Instant) -> None:
        for delivery in deliveries:
            await self._ask(statements.PLANNED, planned(delivery, at))

    async def disable(self, row: Claimed, address: str, why: str) -> None:
        """The address is never used again; another one in the same setting is."""
        params = {"destination_id": row.destination_id, "channel": str(row.channel), "why": why}
        await self._ask(queue_statements.DISABLE, params | {"address": address_digest(address)})

    async def show_breaker(self, host: str, channel: str, until: Instant) -> None:
        """For people: which provider is ill, and until when it is left alone."""
        params = {"destination_id": f"host:{host}", "channel": channel, "until": until or None}
        await self._ask(queue_statements.BREAKER, params | {"breaker": "open" if until else "closed"})

    async def nobody_left(self, row: Claimed) -> bool:
        """Whether every page of the row's step has failed for good."""
        params = {"episode_id": row.episode_id, "delivery_id": row.delivery_id}
        rows = await self._ask(queue_statements.SIBLINGS, params)
        pages = [one["state"] for one in rows if _is_page(unpacked(one["content"]).draft)]
        return bool(pages) and set(pages) == {"failed"}

    async def receive(self, delivery_id: str, provider_id: str, receipt: Receipt) -> None:
        """Forward only; one that comes before our own answer settles the row, and the answer finds it settled."""
        params = {"delivery_id": delivery_id, "provider_id": provider_id, "state": str(receipt.state)}
        await self._ask(queue_statements.RECEIVED, params | {"rank": receipt.rank, "reason": receipt.reason})

    async def fall_back(self) -> None:
        """The next contact method starts where the first does not get through."""
        await self._ask(queue_statements.FALLBACK, {})

    async def waiting_long(self) -> int:
        """Critical rows that are due for more than 30 s."""
        rows = await self._ask(queue_statements.WAITING_LONG, {})
        return int(rows[0]["waiting"])

    async def requested(self) -> list[Asked]:
        """Messages that people caused and that are not in the ledger yet."""
        rows = await self._ask(queue_statements.REQUESTED, {})
        return [msgspec.convert({**row, "channel": row["channel"]}, Asked) for row in rows]

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()

    async def _ask(self, statement: str, params: Mapping[str, Any]) -> list[DictRow]:
        async with self.lock:
            if self.connection is None or self.connection.closed:
                self.connection = await connect_async(self.address)
            cursor = await self.connection.execute(statement.encode(), params)
            return await cursor.fetchall() if cursor.description else []
