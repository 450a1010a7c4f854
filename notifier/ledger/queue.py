"""The queue of deliveries: claim, keep the rendered content, settle, pick up what a crash left behind."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg.rows import DictRow

from notifier import statements
from notifier.plan import Letter
from notifier.postgres import connect_async
from notifier.rows import Claimed, claimed, packed, settled, unpacked
from notifier.settle import Settled
from schemas.kinds import AlertState
from schemas.record import Instant

LEASE_MS: Final = 30_000


class Queue:
    """One connection, one question at a time; connects anew after a failure, which the caller sees."""

    def __init__(self, address: str, owner: str) -> None:
        self.address = address
        self.owner = owner
        self.connection: psycopg.AsyncConnection[DictRow] | None = None
        self.lock = asyncio.Lock()

    async def claim(self, free: Mapping[str, int], busy: Sequence[str]) -> list[Claimed]:
        """Due rows of the channels that have room, most urgent first, without destinations in `busy`."""
        rows = await self._ask(
            statements.CLAIM,
            {
                "channels": list(free),
                "free": list(free.values()),
                "busy": list(busy),
                "owner": self.owner,
                "lease_ms": LEASE_MS,
            },
        )
        return [claimed(row) for row in rows]

    async def keep(self, row: Claimed, letter: Letter) -> None:
        """Store what will be sent, before it is sent: a second attempt sends the same bytes."""
        params = {"delivery_id": row.delivery_id, "attempt": row.attempt, "content": packed(letter)}
        await self._ask(statements.RENDERED, {**params, "template": f"builtin:{row.channel}:{row.kind}"})

    async def children(self, bundle_id: str, every: bool) -> list[tuple[Letter, AlertState]]:
        """What a bundle holds, with the state of each episode; `every`: also what was cancelled meanwhile."""
        rows = await self._ask(statements.CHILDREN, {"bundle_id": bundle_id, "all": every})
        return [(unpacked(row["content"]), AlertState(row["state"])) for row in rows]

    async def settle(self, row: Claimed, after: Settled) -> Instant | None:
        """When it was settled; None if the row was no longer ours: its lease had run out."""
        rows = await self._ask(statements.SETTLED, settled(row, after))
        return int(rows[0]["at"]) if rows else None

    async def expired(self, held: Sequence[str]) -> list[Claimed]:
        """Rows whose sender vanished in mid-send, leased to us until they are settled; not those in our hands."""
        rows = await self._ask(statements.EXPIRED, {"owner": self.owner, "lease_ms": LEASE_MS, "held": list(held)})
        return [claimed(row) for row in rows]

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()

    async def _ask(self, statement: str, params: Mapping[str, Any]) -> list[DictRow]:
        async with self.lock:
            if self.connection is None or self.connection.closed:
                self.connection = await connect_async(self.address)
            cursor = await self.connection.execute(statement.encode(), params)
            return await cursor.fetchall() if cursor.description else []
