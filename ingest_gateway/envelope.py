"""The envelope grammar, read by position and block by block: payloads hold newlines, NUL and each other."""

from typing import Final, TypeAlias

import msgspec

from ingest_gateway.caps import ENVELOPE_HEADER_BYTES, EVENT_BYTES, EVENTS, ITEM_HEADER_BYTES, ITEMS
from ingest_gateway.decode import BOM, FAULTS, loads
from ingest_gateway.items import Keep, keeping
from ingest_gateway.normalise.shapes import whole
from ingest_gateway.normalise.text import Object
from schemas.reasons import Reason
from schemas.verdict import Rejected

NEWLINE: Final = b"\n"


class Item(msgspec.Struct, frozen=True):
    """One complete item: a kept one with its payload, a dropped one with its type only."""

    header: Object
    type: str
    payload: bytes | None = None
    refusal: Reason | None = None


class Envelope:
    """Feed it blocks; `header` is there once its line was read, `items` grows as they complete.

    `refusal` is set when the framing breaks: all items that were complete by then stay good.
    """

    def __init__(self) -> None:
        self.header: Object | None = None
        self.items: list[Item] = []
        self.refusal: Rejected | None = None
        self.buffer = bytearray()
        self.open: Open | None = None
        self.events = self.count = 0

    def feed(self, block: bytes) -> None:
        self.buffer += block
        while self.refusal is None and self._step():
            pass

    def close(self) -> None:
        """The body is at its end: the last line or payload needs no newline."""
        if self.refusal is not None:
            return None
        if self.header is None and not self.buffer.strip():
            return self._break("there is no first line")
        if self.open is None and self.buffer.strip():
            self.buffer += NEWLINE
            self.feed(b"")
        if self.open is not None and self.refusal is None:
            self._finish_last(self.open)
        return None

    def _finish_last(self, item: "Open") -> None:
        if item.length is not None and item.taken + len(self.buffer) < item.length:
            self._break("a payload is shorter than its length")
            return
        item.take(bytes(self.buffer))
        self.buffer.clear()
        self._complete(item)

    def _step(self) -> bool:
        """One move forward; False when more bytes are needed."""
        return self._line() if self.open is None else self._payload(self.open)

    def _line(self) -> bool:
        cap = ENVELOPE_HEADER_BYTES if self.header is None else ITEM_HEADER_BYTES
        end = self.buffer.find(NEWLINE, 0, cap + 1)
        if end < 0:
            if len(self.buffer) > cap:
                self._break("a header line is too long")
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        if self.header is None:
            self._envelope_header(line)
        elif line.strip():  # blank lines between items are skipped
            self._item_header(line)
        return True

    def _envelope_header(self, line: bytes) -> None:
        found = header_object(line.removeprefix(BOM))
        if found is None:
            self._break("the first line is not a JSON object")
        self.header = found or {}

    def _item_header(self, line: bytes) -> None:
        found = header_object(line)
        kind = found.get("type") if found else None
        if not found or not isinstance(kind, str) or not kind:
            return self._break("an item header is not a JSON object with a type")
        given = found.get("length")
        length = whole(given) if type(given) is int else None
        if given is not None and length is None:
            return self._break("an item's length is not a whole number")
        self.count += 1
        self.open = Open(found, kind, length, self._refused(kind, found))
        return None

    def _refused(self, kind: str, header: Object) -> Reason | None:
        keep = keeping(kind, header)
        self.events += keep is Keep.EVENT
        over = self.count > ITEMS or (keep is Keep.EVENT and self.events > EVENTS)
        return Reason.TOO_MANY if over else None

    def _payload(self, item: "Open") -> bool:
        if item.length is None:
            return self._payload_line(item)
        missing = item.length - item.taken
        block = bytes(self.buffer[:missing])
        del self.buffer[:missing]
        item.take(block)
        if item.taken < item.length or not self.buffer:
            return False  # the byte after the payload tells whether it was framed well
        if self.buffer[:1] != NEWLINE:
            self._break("no newline after a payload")
            return False
        del self.buffer[:1]
        self._complete(item)
        return True

    def _payload_line(self, item: "Open") -> bool:
        end = self.buffer.find(NEWLINE)
        block = bytes(self.buffer if end < 0 else self.buffer[:end])
        del self.buffer[: len(block) + (end >= 0)]
        item.take(block)
        if end >= 0:
            self._complete(item)
        return end >= 0

    def _complete(self, item: "Open") -> None:
        self.open = None
        if item.refused is Reason.TOO_MANY and len(self.items) > ITEMS + EVENTS:
            return  # counted in `count`; a list of them would be the attacker's memory
        self.items.append(Item(item.header, item.type, item.payload(), item.refused))

    def _break(self, detail: str) -> None:
        self.refusal = Rejected(Reason.BAD_FRAMING, detail)
        self.buffer.clear()


class Open:
    """An item whose payload is being read; what is not kept is counted and thrown away as it comes."""

    def __init__(self, header: Object, kind: str, length: int | None, refused: Reason | None) -> None:
        self.header, self.type, self.length, self.refused = header, kind, length, refused
        wanted = keeping(kind, header) not in (Keep.NOTHING, Keep.CRASH) and refused is None
        self.kept = bytearray() if wanted else None
        self.taken = 0

    def take(self, block: bytes) -> None:
        self.taken += len(block)
        if self.kept is None:
            return
        self.kept += block
        if len(self.kept) > EVENT_BYTES:
            self.kept = None
            self.refused = Reason.TOO_LARGE

    def payload(self) -> bytes | None:
        return None if self.kept is None else bytes(self.kept)


Header: TypeAlias = Object | None


def header_object(line: bytes) -> Header:
    try:
        found = loads(line)
    except (RecursionError, *FAULTS):
        return None
    return found if isinstance(found, dict) else None
