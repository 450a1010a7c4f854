"""Rows that an overlay holds back: looked at again when it ends, and when settings change."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow

from notifier import statements
from notifier.holding import overlays_of
from notifier.plan import Draft, World
from notifier.postgres import connect_async
from notifier.rejudge import Firing, Move, Rejudged, Waiting, rejudged
from notifier.rows import planned, unpacked
from schemas.commands import EpisodeCommand
from schemas.kinds import AlertState, Channel
from schemas.record import Instant


class Rechecks:
    """A connection of its own: each look is one transaction."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection: psycopg.AsyncConnection[DictRow] | None = None
        self.seen: World | None = None

    async def run(self, world: World) -> tuple[EpisodeCommand, ...]:
        """Move what is due. What comes back is said to the escalation stage; a lost word costs only time."""
        if self.connection is None or self.connection.closed:
            self.connection = await connect_async(self.address)
        async with self.connection.transaction():
            if self.seen is not None and world is not self.seen:
                await self._run(statements.REJUDGE_ALL, {})
            rows = await self._run(statements.SUPPRESSED, {})
            done = await self._rejudge(rows, world) if rows else Rejudged((), ())
        self.seen = world
        return done.commands

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()

    async def _rejudge(self, rows: Sequence[DictRow], world: World) -> Rejudged:
        at = await self._now()
        waiting = [one for row in rows if (one := _waiting(row)) is not None]
        done = rejudged(waiting, await self._firing(rows, world), world, at)
        for catch_up in done.catch_ups:
            await self._run(statements.PLANNED, planned(catch_up, at))
        for move in done.moves:
            await self._run(statements.MOVED, _moved(move))
        return done

    async def _firing(self, rows: Sequence[DictRow], world: World) -> Firing:
        projects = {row["project_id"] for row in rows if overlays_of(row["project_id"], world).inhibitions}
        found: dict[int, list[dict[str, str]]] = {}
        if projects:
            for row in await self._run(statements.FIRING, {"projects": list(projects), "not": []}):
                found.setdefault(row["project_id"], []).append(row["labels"])
        return found

    async def _now(self) -> Instant:
        rows = await self._run("select now_ms() as at", {})
        return int(rows[0]["at"])

    async def _run(self, statement: str, params: Mapping[str, Any]) -> list[DictRow]:
        assert self.connection is not None
        cursor = await self.connection.execute(statement.encode(), params)
        return await cursor.fetchall() if cursor.description else []


def _waiting(row: DictRow) -> Waiting | None:
    draft = unpacked(row["content"]).draft
    if not isinstance(draft, Draft):
        return None
    return Waiting(
        delivery_id=row["delivery_id"],
        channel=Channel(row["channel"]),
        destination_id=row["destination_id"],
        address_hint=row["address_hint"],
        draft=draft,
        state=AlertState(row["state"]),
        labels=row["labels"],
    )


def _moved(move: Move) -> dict[str, object]:
    return {
        "delivery_id": move.delivery_id,
        "state": move.state,
        "reason": move.reason,
        "recheck_at": move.recheck_at,
        "bundle_id": move.bundle_id,
    }
