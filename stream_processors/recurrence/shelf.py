"""What a partition keeps in memory between records: settings made ready, and records as they were last decoded.

Only a shortcut: a decoded record is used when its bytes are still those of the table.
"""

from typing import Final, Generic, TypeVar

from stream_processors.recurrence.memory import Cold, Hot, cold_of, hot_of
from stream_processors.recurrence.projects import Book
from stream_processors.stage import Recall

KEPT: Final = 200  # issues

T = TypeVar("T", Hot, Cold)


class Decoded(Generic[T]):
    """The newest `KEPT` values beside their bytes."""

    def __init__(self) -> None:
        self.values: dict[bytes, tuple[bytes, T]] = {}

    def get(self, key: bytes, raw: bytes) -> T | None:
        known = self.values.get(key)
        return known[1] if known is not None and known[0] == raw else None

    def put(self, key: bytes, raw: bytes, value: T) -> None:
        if key not in self.values and len(self.values) >= KEPT:
            del self.values[next(iter(self.values))]
        self.values[key] = (raw, value)


class Shelf:
    def __init__(self) -> None:
        self.book = Book()
        self.hots: Decoded[Hot] = Decoded()
        self.colds: Decoded[Cold] = Decoded()

    def hot(self, key: bytes, recall: Recall) -> Hot | None:
        raw = recall(key)
        if raw is None:
            return None
        known = self.hots.get(key, raw)
        if known is None:
            known = hot_of(raw)
            self.hots.put(key, raw, known)
        return known

    def cold(self, key: bytes, recall: Recall) -> Cold:
        raw = recall(key)
        if raw is None:
            return Cold()
        known = self.colds.get(key, raw)
        if known is None:
            known = cold_of(raw)
            self.colds.put(key, raw, known)
        return known
