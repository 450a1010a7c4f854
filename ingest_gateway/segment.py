"""Bytes of a spool segment: finished records, each with its own proof. Damage costs what is damaged, no more."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

MAGIC: Final = b"GRSPOOL1"
HEADER: Final = struct.Struct(">8sQ")  # magic, created_at in ms
MARKER: Final = b"\xe5GR\x01"
FRAME: Final = struct.Struct(">4sII")  # marker, length of the body, crc32 of length and body
KEY_LENGTH: Final = struct.Struct(">H")
LENGTH: Final = struct.Struct(">I")
LARGEST: Final = 4 << 20  # no body is longer: a length beyond it is damage


class Record(msgspec.Struct, frozen=True):
    """What Kafka is to have; `topic` is always that of errors."""

    key: bytes
    value: bytes


class Damage(msgspec.Struct, frozen=True):
    """Bytes from `start` up to `end` (open) that are no record."""

    start: int
    end: int


def header(created_at: int) -> bytes:
    return HEADER.pack(MAGIC, created_at)


def created_at(raw: bytes) -> int | None:
    """None when this is no segment of ours."""
    if len(raw) < HEADER.size:
        return None
    magic, at = HEADER.unpack_from(raw)
    return int(at) if magic == MAGIC else None


def encoded(record: Record) -> bytes:
    body = KEY_LENGTH.pack(len(record.key)) + record.key + record.value
    return FRAME.pack(MARKER, len(body), _crc(body)) + body


def _crc(body: bytes | memoryview) -> int:
    return zlib.crc32(body, zlib.crc32(LENGTH.pack(len(body))))


def records(raw: bytes) -> Iterator[Record | Damage]:
    """All good records in their order; between them, what is damaged. A torn tail is damage at the end."""
    at = HEADER.size
    while at < len(raw):
        found = _record_at(raw, at)
        if found is None:
            after = _next_good(raw, at + 1)
            yield Damage(at, after)
            at = after
        else:
            record, at = found
            yield record


def _record_at(raw: bytes, at: int) -> tuple[Record, int] | None:
    if at + FRAME.size > len(raw):
        return None
    marker, length, crc = FRAME.unpack_from(raw, at)
    start = at + FRAME.size
    body = memoryview(raw)[start : start + length]
    if marker != MARKER or not KEY_LENGTH.size <= length <= LARGEST or len(body) < length or _crc(body) != crc:
        return None
    split = KEY_LENGTH.size + int(KEY_LENGTH.unpack_from(body)[0])
    if split > length:
        return None
    return Record(bytes(body[KEY_LENGTH.size : split]), bytes(body[split:])), start + length


def _next_good(raw: bytes, at: int) -> int:
    """Where the next whole record begins, or the end."""
    found = raw.find(MARKER, at)
    while found >= 0 and _record_at(raw, found) is None:
        found = raw.find(MARKER, found + 1)
    return len(raw) if found < 0 else found


def torn_at(raw: bytes) -> int | None:
    """Where the last record of a segment begins if it was never written to its end; None: it is whole.

    A process that dies while it appends leaves a beginning of a record. Nobody was told 200 for it.
    """
    last = Damage(0, 0)
    for found in records(raw):
        last = found if isinstance(found, Damage) else Damage(0, 0)
    if last.end != len(raw) or last.end == 0:
        return None
    rest = raw[last.start :]
    if len(rest) < FRAME.size:
        return last.start if MARKER.startswith(rest[: len(MARKER)]) or rest.startswith(MARKER) else None
    marker, length, _ = FRAME.unpack_from(rest)
    return last.start if marker == MARKER and FRAME.size + length > len(rest) else None
