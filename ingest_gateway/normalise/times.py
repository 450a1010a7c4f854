"""Instants in any form a client writes them, and which clock to believe."""

from datetime import UTC, datetime
from typing import Final

import msgspec
import re2

from ingest_gateway.normalise.text import Json
from schemas.kinds import Clock

SKEW_MS: Final = 55 * 60 * 1000
FUTURE_MS: Final = 60 * 1000
OLD_MS: Final = 30 * 24 * 3600 * 1000
ISO: Final = re2.compile(
    r"^\s*(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[Tt ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?)?"
    r"\s*(Z|z|UTC|[+-]\d\d:?\d\d|[+-]\d\d)?\s*$"
)
NUMBER: Final = re2.compile(r"^\s*\d{1,20}(?:\.\d{1,20})?\s*$")
SCALES: Final = ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6))  # below: s, ms, µs, ns


def instant(value: Json) -> int | None:
    """Milliseconds UTC of epoch seconds, ms, µs or ns, or of ISO 8601 text; None when unreadable."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _number(value)
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        if NUMBER.search(value):
            return _number(float(value))
        return _iso(value)
    except ValueError:  # month 13, hour 25, a surrogate
        return None


def _number(value: int | float) -> int | None:
    if not value > 0:  # NaN too
        return None
    for below, factor in SCALES:
        if value < below:
            return round(value * factor)
    return None


def _iso(text: str) -> int | None:
    found = ISO.search(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found.group(n) or 0) for n in range(1, 7))
    fraction = (found.group(7) or "0").ljust(9, "0")[:9]
    leap = second == 60
    at = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    seconds = int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) + leap
    return (seconds - _offset_s(found.group(8) or "")) * 1000 + int(fraction) // 1_000_000


def _offset_s(zone: str) -> int:
    if not zone or zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60
    return seconds if zone[0] == "+" else -seconds


class Time(msgspec.Struct, frozen=True):
    """When it happened, whose clock says so, and by how much all times of the event are shifted."""

    at: int
    clock: Clock
    shift_ms: int = 0


def occurred(claimed: int | None, sent_at: int | None, received_at: int) -> Time:
    """The client's instant, corrected by `sent_at` when its clock is off by more than 55 minutes.

    What then lies over 60 s ahead, over 30 days back, or cannot be read becomes `received_at`.
    """
    if claimed is None:
        return Time(received_at, Clock.MISSING)
    off = received_at - sent_at if sent_at is not None else 0
    shift = off if abs(off) > SKEW_MS else 0
    at = claimed + shift
    if at > received_at + FUTURE_MS:
        return Time(received_at, Clock.FUTURE, received_at - claimed)
    if at < received_at - OLD_MS:
        return Time(received_at, Clock.TOO_OLD, received_at - claimed)
    return Time(at, Clock.CORRECTED if shift else Clock.CLIENT, shift)
