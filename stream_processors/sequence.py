"""`seq`: the second element of every value. Of two versions of one key the higher one stands."""

from typing import Final

import msgspec

TOMBSTONE_SEQ: Final = "seq"  # header: a tombstone has no value to carry it


class _Head(msgspec.Struct, frozen=True, array_like=True):
    layout: int
    seq: int


_HEAD: Final = msgspec.msgpack.Decoder(_Head)


def seq_of(value: bytes | None) -> int | None:
    """None for an absent value, or one that carries no seq."""
    if value is None:
        return None
    try:
        return _HEAD.decode(value).seq
    except msgspec.DecodeError:
        return None


def stands(known: bytes | None, arriving: bytes | None, arriving_seq: int | None) -> bool:
    """Whether `arriving`, later in the changelog, replaces `known`.

    A worker that was stopped and woke up late writes what others have overtaken: lower numbers. A
    tombstone (`arriving` None) must be higher, since deleting a live value is the worse mistake.
    Whatever carries no number stands: it is the newest.
    """
    before = seq_of(known)
    if before is None or arriving_seq is None:
        return True
    return arriving_seq > before if arriving is None else arriving_seq >= before
