"""What a value of a stage's table has folded already, so that a replay changes nothing (faust.md 5).

Three ways a record comes twice, checked in this order: we read our own log again; the stage before us
read its log again and published anew; somebody sent one command twice.
"""

from enum import StrEnum
from typing import Final

import msgspec

from domain.ids import digest_bytes
from schemas.record import Position

REMEMBERED: Final = 32  # ids kept per value, and per root offset
ID_BYTES: Final = 8


class Seen(StrEnum):
    """Everything but NEW: emit nothing, change nothing."""

    NEW = "new"
    REPLAY = "replay"  # at or below what the value has folded of our own log
    REPEAT = "repeat"  # its root stands below the mark: published again by the stage before
    RESENT = "resent"  # its id is among the last ones


class Arrival(msgspec.Struct, frozen=True):
    """How one record came.

    `epoch`, `offset`: of the record in the stage's own log. `root`: where its cause stands, unchanged
    through all stages: the ErrorEvent in `error-events`, or see `command_root`; None: it has none.
    `id`: change_id, command_id or event_id; with a root it tells apart records of one cause, without
    one it is looked up among the last 32.
    """

    epoch: int
    offset: int
    root: Position | None = None
    id: str = ""


class Root(msgspec.Struct, frozen=True, array_like=True):
    """The highest root position folded of one root partition, and the ids folded at that offset."""

    epoch: int
    offset: int
    index: int = 0
    ids: tuple[bytes, ...] = ()


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """Part of a table value; msgpack array. Epochs are compared for equality: another one is older."""

    epoch: int = -1
    offset: int = -1
    roots: dict[int, Root] = {}
    ids: tuple[bytes, ...] = ()


def command_root(position: Position) -> Position:
    """Root of what a command caused: its position in the log that it was sent to.

    Its partition is mapped below zero, so it never meets one of `error-events`. With it a burst of any
    length is known again; ids alone would forget the first of more than 32.
    """
    epoch, partition, offset, index = position
    return (epoch, -1 - partition, offset, index)


def judge(marks: Marks, arrival: Arrival) -> Seen:
    """Whether to fold the record. Ask before anything is decided about it."""
    if arrival.epoch == marks.epoch and arrival.offset <= marks.offset:
        return Seen.REPLAY
    if arrival.root is not None:
        known = marks.roots.get(arrival.root[1])
        return Seen.REPEAT if known and _below(arrival.root, arrival.id, known) else Seen.NEW
    return Seen.RESENT if arrival.id and short(arrival.id) in marks.ids else Seen.NEW


def folded(marks: Marks, arrival: Arrival) -> Marks:
    """The marks after folding a record that `judge` called new."""
    if arrival.root is not None:
        root = _raised(marks.roots.get(arrival.root[1]), arrival.root, arrival.id)
        roots = {**marks.roots, arrival.root[1]: root}
        return Marks(arrival.epoch, arrival.offset, roots, marks.ids)
    ids = _with(marks.ids, arrival.id)
    return Marks(arrival.epoch, arrival.offset, marks.roots, ids)


def short(id_: str) -> bytes:
    """Eight bytes stand for an id: enough among a few dozen."""
    return digest_bytes(id_)[:ID_BYTES]


def _below(root: Position, id_: str, known: Root) -> bool:
    """At an equal offset the id decides: a replay under other settings may number differently."""
    epoch, _, offset, index = root
    if epoch != known.epoch or offset > known.offset:
        return False
    if offset < known.offset:
        return True
    return short(id_) in known.ids if id_ else index <= known.index


def _raised(known: Root | None, root: Position, id_: str) -> Root:
    epoch, _, offset, index = root
    if known is None or (known.epoch, known.offset) != (epoch, offset):
        return Root(epoch, offset, index, _with((), id_))
    return Root(epoch, offset, max(index, known.index), _with(known.ids, id_))


def _with(ids: tuple[bytes, ...], id_: str) -> tuple[bytes, ...]:
    return (*ids, short(id_))[-REMEMBERED:] if id_ else ids
