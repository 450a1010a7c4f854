"""Wall clocks and instants: rotations and daily hours that keep their meaning when clocks change."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.record import Instant
from schemas.settings.people import Hours, Layer

UNITS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
DAY: Final = timedelta(days=1)


class Span(msgspec.Struct, frozen=True):
    """[start_at, end_at)"""

    start_at: Instant
    end_at: Instant

    def covers(self, at: Instant) -> bool:
        return self.start_at <= at < self.end_at


def instant(wall: datetime, zone: ZoneInfo, last: bool = False) -> datetime:
    """When clocks in `zone` first (or last) show `wall`; inside a gap, the end of the gap."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return late if last else early
    low, high, before = int(late.timestamp()), int(early.timestamp()), late.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if datetime.fromtimestamp(middle, zone).utcoffset() == before else (low, middle)
    return datetime.fromtimestamp(high, UTC)


def wall_clock(at: Instant, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at `at`, without a zone."""
    return (datetime.fromtimestamp(at // 1000, zone) + timedelta(milliseconds=at % 1000)).replace(tzinfo=None)


def millis(moment: datetime) -> Instant:
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def turn(layer: Layer, zone: ZoneInfo, at: Instant) -> tuple[int, Span] | None:
    """Which turn of the rotation covers `at`, and when it starts and ends; None before the first."""
    start = datetime.fromisoformat(layer.start)
    number = _guess(layer, start, wall_clock(at, zone))
    while number > 0 and handoff(layer, zone, number) > at:
        number -= 1
    while handoff(layer, zone, number + 1) <= at:
        number += 1
    span = Span(handoff(layer, zone, number), handoff(layer, zone, number + 1))
    return (number, span) if span.covers(at) else None


def handoff(layer: Layer, zone: ZoneInfo, number: int) -> Instant:
    """When turn `number` begins: the first time clocks show its wall time."""
    start = datetime.fromisoformat(layer.start)
    steps = number * layer.length
    wall = _months_later(start, steps) if layer.unit == "month" else start + steps * UNITS[layer.unit]
    return millis(instant(wall, zone))


def hours_span(hours: Hours, zone: ZoneInfo, at: Instant) -> Span | None:
    """The span of daily hours that covers `at`. It starts at the first and ends at the last time clocks show it."""
    return next((span for span in _spans(hours, zone, at, (0, -1)) if span.covers(at)), None)


def next_hours(hours: Hours, zone: ZoneInfo, at: Instant) -> Instant | None:
    """When the daily hours begin next, after `at`; None when they never do."""
    return min((span.start_at for span in _spans(hours, zone, at, range(9)) if span.start_at > at), default=None)


def _spans(hours: Hours, zone: ZoneInfo, at: Instant, days: "range | tuple[int, ...]") -> list[Span]:
    today = wall_clock(at, zone).date()
    begun = (today + number * DAY for number in days)
    return [_span(hours, zone, day) for day in begun if day.weekday() in hours.weekdays]


def _span(hours: Hours, zone: ZoneInfo, day: date) -> Span:
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    last_day = day if start < end else day + DAY  # equal: around the clock
    opened = instant(datetime.combine(day, start), zone)
    return Span(millis(opened), millis(instant(datetime.combine(last_day, end), zone, last=True)))


def _guess(layer: Layer, start: datetime, wall: datetime) -> int:
    if layer.unit == "month":
        months = (wall.year - start.year) * 12 + wall.month - start.month
        return max(0, months // layer.length)
    return max(0, (wall - start) // (UNITS[layer.unit] * layer.length))


def _months_later(start: datetime, months: int) -> datetime:
    """The same day and time, the day clamped to the month's last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)
