"""How far each partition is, and what that says about the messages in hand."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from storage_sink.facts import Passed, Placed

Place: TypeAlias = tuple[str, int]  # topic, partition
Newest: TypeAlias = Mapping[Place, Mapping[int, int]]  # by place and upstream partition: the marker's instant


class Progress(msgspec.Struct, frozen=True):
    """What the store has of a partition: everything of `epoch` below `next_offset`."""

    epoch: int
    next_offset: int


UNREAD: Final = Progress(-1, 0)  # of no epoch: everything is new


class Gap(msgspec.Struct, frozen=True):
    """Records that nobody read: they expired, or a log was cut."""

    place: Place
    expected: int
    found: int


def starts(messages: Iterable[Placed]) -> dict[Place, Progress]:
    """The first message of each partition, in the order of the locks."""
    found: dict[Place, Progress] = {}
    for message in messages:
        found.setdefault((message.topic, message.partition), Progress(message.epoch, message.offset))
    return dict(sorted(found.items()))


def ends(messages: Iterable[Placed]) -> dict[Place, Progress]:
    """Where each partition goes on after these messages, in the order of the locks.

    The furthest counts: a partition that left and came back under way is read again from further below.
    """
    found: dict[Place, Progress] = {}
    for message in messages:
        place, after = (message.topic, message.partition), Progress(message.epoch, message.offset + 1)
        known = found.get(place, after)
        found[place] = (
            after if known.epoch != after.epoch else Progress(after.epoch, max(known.next_offset, after.next_offset))
        )
    return dict(sorted(found.items()))


def is_stored(message: Placed, stored: Mapping[Place, Progress]) -> bool:
    """Whether the store has it already. A topic made anew has another epoch and is all new."""
    known = stored.get((message.topic, message.partition))
    return known is not None and known.epoch == message.epoch and message.offset < known.next_offset


def gaps(messages: Iterable[Placed], stored: Mapping[Place, Progress]) -> list[Gap]:
    """Places where the first message in hand is not the one that the store waits for."""
    return [
        Gap(place, known.next_offset, first.next_offset)
        for place, first in starts(messages).items()
        if (known := stored.get(place)) is not None
        and known.epoch == first.epoch
        and first.next_offset > known.next_offset
    ]


def folded(newest: Newest, passed: Iterable[Passed]) -> Newest:
    """`newest` with these markers; what was given stays as it is, since a transaction may fail."""
    after = dict(newest)
    for one in passed:
        place = (one.topic, one.partition)
        known = after.get(place, {})
        at = max(one.marker.at, known.get(one.marker.partition, 0))
        after[place] = {**known, one.marker.partition: at}
    return after


def watermark(newest: Newest, place: Place, partitions: int) -> int:
    """The least over all partitions whose markers reach this place; 0 until one of each passed (5 s after a start).

    Into `issue-events` every partition of the log before sends its own, into later logs only the one of
    the same number, which is a minimum already.
    """
    known = newest.get(place, {})
    upstream = partitions if place[0] == "issue-events" else 1
    return min(known.values()) if len(known) >= upstream else 0
