"""Progress through the logs: markers are passed on; the least over all upstream partitions is the watermark."""

from typing import Final

import msgspec

from schemas.marks import Marker
from schemas.wire import encode
from stream_processors.stage import Emit, Put, Recall

KIND: Final = b"w"
LAYOUT: Final = 1


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """`w` + partition of the log before ours: the newest marker that came from there."""

    layout: int = LAYOUT
    seq: int = 0
    at: int = -1


class Passed(msgspec.Struct, frozen=True):
    """What a marker did. `watermark` is the instant up to which all is decided; -1: unknown yet."""

    put: Put | None
    watermark: int
    rose: bool


def key(partition: int) -> bytes:
    return KIND + bytes([partition])


def passed(marker: Marker, recall: Recall, partitions: int) -> Passed:
    """Fold a marker of one of `partitions` upstream partitions. An older one changes nothing."""
    before = seen(recall, partitions)
    known = before[marker.partition]
    if marker.at <= known.at:
        return Passed(None, _least(before), False)
    newer = Seen(seq=known.seq + 1, at=marker.at)
    after = [*before[: marker.partition], newer, *before[marker.partition + 1 :]]
    put = Put(key(marker.partition), msgspec.msgpack.encode(newer))
    return Passed(put, _least(after), _least(after) > _least(before))


def watermark(recall: Recall, partitions: int) -> int:
    """The watermark as remembered, ms UTC; -1 until every upstream partition sent a marker."""
    return _least(seen(recall, partitions))


def seen(recall: Recall, partitions: int) -> list[Seen]:
    stored = [recall(key(partition)) for partition in range(partitions)]
    return [msgspec.msgpack.decode(value, type=Seen) if value else Seen() for value in stored]


def pass_on(marker: Marker, topic: str, partitions: int) -> tuple[Emit, ...]:
    """`marker` into each partition of the next log; its origin and partition are ours.

    Outputs of one producer to one partition keep their order, so it stands behind all that it speaks of.
    """
    value = encode(marker)
    return tuple(Emit(topic, b"", value, partition=number) for number in range(partitions))


def _least(known: list[Seen]) -> int:
    return min(one.at for one in known)
