"""Bursts of one user or one trace are not an anomaly: where nearly all occurrences name one, each counts once a minute.

alerting.md 4.1: distinct users, else traces, per minute, if at least 90 % of the last day's occurrences carry one.
"""

from typing import Final

import msgspec

from schemas.occurrence import Occurrence
from stream_processors.recurrence.memory import Carried
from stream_processors.recurrence.rings import DAY_MS, MINUTE_MS

ENOUGH: Final = 0.9
FEW: Final = 20  # occurrences that say nothing about a share
KEY_BYTES: Final = 8
MOST: Final = 32  # keys of a minute; more is crowd enough


class Noticed(msgspec.Struct, frozen=True):
    """`n`: how much the occurrence counts for the detector, 1 or 0."""

    carried: Carried
    n: int


def noticed(before: Carried, seen: Occurrence, at: int) -> Noticed:
    """`at` is the newest instant of the issue."""
    today, yesterday = _days(before, at // DAY_MS)
    total, users, traces = today
    today = (total + 1, users + (seen.user != ""), traces + (seen.trace_id != ""))
    minute = at // MINUTE_MS
    keys = before.keys if minute == before.minute else b""
    key = _key(seen, today, yesterday)
    repeated = bool(key) and _known(keys, key)
    if key and not repeated and len(keys) < MOST * KEY_BYTES:
        keys += key
    return Noticed(Carried(at // DAY_MS, today, yesterday, minute, keys), 0 if repeated else 1)


def _days(before: Carried, day: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    if day == before.day:
        return before.today, before.yesterday
    return (0, 0, 0), before.today if day == before.day + 1 else (0, 0, 0)


def _key(seen: Occurrence, today: tuple[int, int, int], yesterday: tuple[int, int, int]) -> bytes:
    total, users, traces = (one + other for one, other in zip(today, yesterday, strict=True))
    if total < FEW:
        return b""
    if users >= ENOUGH * total:
        return _short(seen.user)
    return _short(seen.trace_id) if traces >= ENOUGH * total else b""


def _short(id_: str) -> bytes:
    return id_.encode()[-KEY_BYTES:].rjust(KEY_BYTES) if id_ else b""


def _known(keys: bytes, key: bytes) -> bool:
    """A find that is not aligned is chance."""
    found = keys.find(key)
    while found >= 0 and found % KEY_BYTES:
        found = keys.find(key, found + 1)
    return found >= 0
