"""A million ids in little memory: the latest in a dict, the rest as sorted numbers (12 bytes an id)."""

import struct
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import msgspec

from stream_processors.fingerprint.table import At

RECENT: Final = 16_384
MERGED: Final = 4  # segments of one size become one of the next
LARGEST: Final = RECENT * MERGED
NUMBER_BYTES: Final = 8


class Segment(msgspec.Struct, frozen=True):
    """`numbers` are the first 8 bytes of ids, sorted; `deltas` beside them lead from `first` to their offsets."""

    epoch: int
    first: int
    last: int
    numbers: memoryview
    deltas: memoryview

    def find(self, number: int) -> Iterator[At]:
        place = bisect_left(self.numbers, number)
        while place < len(self.numbers) and self.numbers[place] == number:
            yield self.epoch, self.first + self.deltas[place]
            place += 1

    def pairs(self) -> Iterator[tuple[int, int]]:
        return zip(self.numbers, (self.first + delta for delta in self.deltas), strict=True)


def segment(epoch: int, pairs: list[tuple[int, int]]) -> Segment:
    """Of (number, offset) pairs in any order; there is at least one."""
    ordered = sorted(pairs)
    offsets = [offset for _, offset in ordered]
    first, count = min(offsets), len(ordered)
    numbers = struct.pack(f"{count}Q", *(number for number, _ in ordered))
    deltas = struct.pack(f"{count}I", *(offset - first for offset in offsets))
    return Segment(epoch, first, max(offsets), memoryview(numbers).cast("Q"), memoryview(deltas).cast("I"))


class Seen:
    """Where ids were seen. What is found among the sorted numbers is likely, not certain: 8 bytes of 16 agree."""

    def __init__(self) -> None:
        self.epoch = 0
        self.recent: dict[bytes, int] = {}
        self.segments: list[Segment] = []

    def add(self, id_: bytes, at: At) -> None:
        if at[0] != self.epoch or len(self.recent) >= RECENT:
            self.freeze()
            self.epoch = at[0]
        self.recent[id_] = at[1]

    def certain(self, id_: bytes) -> At | None:
        offset = self.recent.get(id_)
        return None if offset is None else (self.epoch, offset)

    def likely(self, id_: bytes) -> Iterator[At]:
        number = number_of(id_)
        for each in reversed(self.segments):
            yield from each.find(number)

    def freeze(self) -> None:
        """The recent ids become a segment; small segments of one epoch become a larger one."""
        if not self.recent:
            return
        self.segments.append(segment(self.epoch, [(number_of(id_), offset) for id_, offset in self.recent.items()]))
        self.recent = {}
        last = self.segments[-MERGED:]
        same = all(each.epoch == self.epoch and len(each.numbers) < LARGEST for each in last)
        if len(last) == MERGED and same:
            merged = segment(self.epoch, [pair for each in last for pair in each.pairs()])
            self.segments[-MERGED:] = [merged]

    def forget_before(self, at: At) -> None:
        """Drop what ends before `at`, the oldest place that is still remembered; other epochs are older."""
        while self.segments and (self.segments[0].epoch != at[0] or self.segments[0].last < at[1]):
            self.segments.pop(0)


def number_of(id_: bytes) -> int:
    return int.from_bytes(id_[:NUMBER_BYTES], "big")
