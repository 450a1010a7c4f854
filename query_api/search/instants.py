"""Instants as people write them: ages, dates in their zone, ISO; always a span [first, last) in ms."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
LONGEST_MS: Final = 400 * 86_400_000
FOREVER: Final = 2**53


class Span(msgspec.Struct, frozen=True):
    """`first` inclusive, `last` exclusive."""

    first: int
    last: int


def age_ms(text: str) -> int | None:
    """`90m 24h 7d 4w`, up to 400 days; None when it is no age."""
    unit = UNITS_MS.get(text[-1:])
    digits = text[:-1]
    if unit is None or not (digits.isascii() and digits.isdigit()) or len(digits) > 6:
        return None
    found = int(digits) * unit
    return found if 0 < found <= LONGEST_MS else None


def instant_span(text: str, zone: str) -> Span | None:
    """A day (`2026-05-04`) in `zone`, or an ISO instant of one millisecond; without offset in `zone`."""
    if len(text) == 10:
        day = iso_date(text)
        if day is None:
            return None
        return Span(midnight(day, zone), midnight(day + timedelta(days=1), zone))
    at = iso_instant(text, zone)
    return None if at is None else Span(at, at + 1)


def iso_date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


def iso_instant(text: str, zone: str) -> int | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1970 <= found.year <= 2200:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=zone_of(zone))
    return round(aware.timestamp() * 1000)


def midnight(day: date, zone: str) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)).timestamp() * 1000)


def zone_of(name: str) -> ZoneInfo:
    """UTC for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
