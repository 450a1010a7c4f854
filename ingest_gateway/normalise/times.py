"""Instants in any form a client writes them, and which clock to believe."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from ingest_gateway.normalise.text import Json
from schemas.kinds import Clock

SKEW_MS: Final = 55 * 60 * 1000
FUTURE_MS: Final = 60 * 1000
OLD_MS: Final = 30 * 24 * 3600 * 1000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_HERE: Final = datetime(1970, 1, 1)  # noqa: DTZ001 for times that name no zone: both are UTC
MILLISECOND: Final = timedelta(milliseconds=1)
SCALES: Final = ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6))  # below: s, ms, µs, ns


def instant(value: Json) -> int | None:
    """Milliseconds UTC of epoch seconds, ms, µs or ns, or of ISO 8601 text; None when unreadable."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _number(value)
    return _text(value.strip()) if isinstance(value, str) and len(value) <= 64 else None


def _number(value: int | float) -> int | None:
    if not value > 0:  # NaN too
        return None
    for below, factor in SCALES:
        if value < below:
            return round(value * factor)
    return None


def _text(text: str) -> int | None:
    try:
        if text[4:5] != "-":
            return _number(float(text))
        return since_1970(_iso(text))
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime:
    """A time without a zone is UTC; a leap second is the one before; more than six decimals are cut."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        spelt = text.replace("UTC", "Z").replace(" Z", "Z").replace(",", ".").replace(":60", ":59")
        return datetime.fromisoformat(spelt)


def since_1970(at: datetime) -> int:
    return (at - (EPOCH if at.tzinfo else EPOCH_HERE)) // MILLISECOND


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
