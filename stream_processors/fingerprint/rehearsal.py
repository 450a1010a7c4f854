"""The stage's decisions over a log in memory: for trials, comparisons and tests."""

from typing import Final

import msgspec

from domain.snapshot import Snapshot
from schemas import wire
from schemas.error_event import ErrorEvent
from stream_processors.fingerprint.cache import Cache, Shared
from stream_processors.fingerprint.identify import Found, identify
from stream_processors.fingerprint.incoming import SlimEvent, read
from stream_processors.stage import Context, Put

EPOCH: Final = 1


class Rehearsal:
    """One table and one cache per project, one log for all."""

    def __init__(self, settings: Snapshot | None = None) -> None:
        self.settings = settings or Snapshot()
        self.shared = Shared()
        self.tables: dict[int, dict[bytes, bytes]] = {}
        self.caches: dict[int, Cache] = {}
        self.offset = 0

    def place(self, event: SlimEvent) -> Found:
        """Where the next event of the log belongs."""
        table = self.tables.setdefault(event.project_id, {})
        cache = self.caches.get(event.project_id)
        if cache is None:
            cache = self.caches[event.project_id] = Cache(table.get, self.shared)
        self.offset += 1
        context = Context(table.get, self.settings, cache, 1)
        found = identify(event, (EPOCH, self.offset), cache, context)
        _store(table, found.puts)
        return found


def _store(table: dict[bytes, bytes], puts: tuple[Put, ...]) -> None:
    for put in puts:
        if put.value is not None:
            table[put.key] = put.value


def slim(event: ErrorEvent) -> SlimEvent:
    """As the stage reads it from the topic."""
    found = read(wire.encode(event))
    if not isinstance(found, SlimEvent):
        raise msgspec.ValidationError(f"not an event: {found}")
    return found
