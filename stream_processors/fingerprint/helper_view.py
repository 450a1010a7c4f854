"""Which symbols are helpers for one event, at its place in the log."""

import msgspec

from domain.ids import digest_bytes
from stream_processors.fingerprint.cache import Cache
from stream_processors.fingerprint.helpers import is_starter, learn
from stream_processors.fingerprint.prints import Prints
from stream_processors.fingerprint.slim import Symbol
from stream_processors.fingerprint.table import (
    LAYOUT,
    At,
    Learned,
    Pin,
    ProjectRow,
    Recall,
    before,
    learned_key,
    load,
    pack,
    project_key,
)
from stream_processors.stage import Put

NOTHING_LEARNED = Learned(LAYOUT, 0)


class HelperView:
    """Answers by pins, then names, then what was learned; `unsettled` when a later event would get another answer."""

    def __init__(self, home: tuple[int, str], at: At, recall: Recall, cache: Cache) -> None:
        self.project, self.home_key = home
        self.at = at
        self.recall = recall
        self.cache = cache
        self.unsettled = False

    def is_helper(self, symbol: Symbol) -> bool:
        anchor = anchor_of(symbol.name)
        pin = self.pin(anchor)
        if pin is not None:
            return bool(pin.pin)
        return is_starter(symbol) or self.learned_at(anchor) is not None

    def helper_since(self, anchor: bytes) -> At | None:
        """When it became one, by a pin or by learning, before this event."""
        pin = self.pin(anchor)
        if pin is not None:
            return (pin.epoch, pin.offset) if pin.pin else None
        return self.learned_at(anchor)

    def learned_at(self, anchor: bytes) -> At | None:
        promoted = self.learned(anchor).promoted
        if promoted is None:
            return None
        if before(promoted, self.at):
            return promoted
        self.unsettled = True
        return None

    def learned(self, anchor: bytes) -> Learned:
        found = self.cache.learned.get((self.home_key, anchor))
        if found is None:
            found = load(self.recall, learned_key(self.home_key, anchor), Learned) or NOTHING_LEARNED
            self.cache.learned.put((self.home_key, anchor), found)
        return found

    def pin(self, anchor: bytes) -> Pin | None:
        """The last word of people before this event."""
        pins = [pin for pin in self.project_row().pins if pin.symbol == anchor]
        past = [pin for pin in pins if before((pin.epoch, pin.offset), self.at)]
        last = past[-1] if past else None
        return last if last is not None and last.pin is not None else None

    def project_row(self) -> ProjectRow:
        row = self.cache.projects.get(self.project)
        if row is None:
            row = load(self.recall, project_key(self.project), ProjectRow) or ProjectRow(LAYOUT, 0)
            self.cache.projects[self.project] = row
        return row

    def lesson(self, prints: Prints) -> tuple[Put, ...]:
        """What this sighting adds to the learned callers of its anchor."""
        if not prints.anchor or not prints.caller or not prints.said:
            return ()
        known = self.learned(prints.anchor)
        after = learn(known, prints.caller, prints.said, self.at)
        if after is None:
            return ()
        self.cache.learned.put((self.home_key, prints.anchor), after)
        if after.promoted is not None and known.promoted is None:
            self.cache.helpers_changed(self.home_key)
        return (Put(learned_key(self.home_key, prints.anchor), pack(after)),)


def anchor_of(name: str) -> bytes:
    return digest_bytes(name)[:8]


def with_pin(row: ProjectRow | None, pin: Pin) -> ProjectRow:
    before_row = row or ProjectRow(LAYOUT, 0)
    return msgspec.structs.replace(before_row, seq=before_row.seq + 1, pins=(*before_row.pins, pin))
