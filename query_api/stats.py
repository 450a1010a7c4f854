"""Statistics: series, shares and comparisons of counts. Every answer says of what span it speaks."""

from collections.abc import Sequence
from enum import StrEnum
from math import exp, log, sqrt
from typing import Final

import msgspec

from query_api.history import Mark, Point
from query_api.views import DAY_MS, HOUR_MS, View

MOST_GROUPS: Final = 20
MOST_ROWS: Final = 50


class Metric(StrEnum):
    EVENTS = "events"
    NEW = "new"
    REGRESSED = "regressed"
    PAGES = "pages"


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"


class Group(StrEnum):
    NONE = "none"
    PROJECT = "project"
    ENVIRONMENT = "environment"
    SERVICE = "service"
    LEVEL = "level"


class Against(StrEnum):
    NOTHING = "nothing"
    PREVIOUS = "previous"
    LAST_WEEK = "last_week"


class Dimension(StrEnum):
    """What shares are told of. The first four are counted ahead; the rest looks at events of a shorter span."""

    ENVIRONMENT = "environment"
    SERVICE = "service"
    LEVEL = "level"
    PROJECT = "project"
    TYPE = "type"
    SEVERITY = "severity"
    RELEASE = "release"
    ROUTE = "route"
    TAG = "tag"
    USER = "user"


STEP_MS: Final = {Step.HOUR: HOUR_MS, Step.DAY: DAY_MS}
LONGEST_MS: Final = {Step.HOUR: 35 * DAY_MS, Step.DAY: 400 * DAY_MS}
LOOKED_AT_MS: Final = 7 * DAY_MS


class CountRow(msgspec.Struct, frozen=True):
    """Events of one group in one hour (`at`: its start)."""

    name: str
    at: int
    events: int


class Line(View, frozen=True, kw_only=True):
    """One group's points; `before`: those of the span it is compared with, shifted onto this one."""

    name: str
    total: int
    points: tuple[Point, ...]
    before: tuple[Point, ...] = ()


class Series(View, frozen=True, kw_only=True):
    metric: str
    step_ms: int
    first: int
    last: int
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()


def shift_ms(against: Against, first: int, last: int) -> int:
    """How far back the compared span lies; 0: nothing is compared."""
    match against:
        case Against.NOTHING:
            return 0
        case Against.PREVIOUS:
            return last - first
        case Against.LAST_WEEK:
            return 7 * DAY_MS


def lines(rows: Sequence[CountRow], before: Sequence[CountRow], span: tuple[int, int, int], shift: int) -> list[Line]:
    """`span`: first, last, step. The largest groups by total; the rest together as `other`."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.name] = totals.get(row.name, 0) + row.events
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    top = set(ranked[:MOST_GROUPS])
    names = ranked[:MOST_GROUPS] + (["other"] if len(ranked) > MOST_GROUPS else [])
    now = points([renamed(row, top) for row in rows], span, 0)
    then = points([renamed(row, top) for row in before], span, shift) if shift else {}
    empty = points([CountRow("", span[0], 0)], span, 0)[""]
    return [
        Line(
            name=name,
            total=sum(point.events for point in now[name]),
            points=now[name],
            before=then.get(name, empty) if shift else (),
        )
        for name in names
    ]


def renamed(row: CountRow, top: set[str]) -> CountRow:
    return row if row.name in top else CountRow("other", row.at, row.events)


def points(rows: Sequence[CountRow], span: tuple[int, int, int], shift: int) -> dict[str, tuple[Point, ...]]:
    """Zeros included; each row `shift` later than it was."""
    first, last, step = span
    start, end = first // step, -(-last // step)
    counts: dict[str, list[int]] = {}
    for row in rows:
        into = counts.setdefault(row.name, [0] * (end - start))
        slot = (row.at + shift) // step - start
        if 0 <= slot < len(into):
            into[slot] += row.events
    return {
        name: tuple(Point((start + slot) * step, count) for slot, count in enumerate(found))
        for name, found in counts.items()
    }


class Part(msgspec.Struct, frozen=True):
    value: str
    events: int


class Breakdown(View, frozen=True, kw_only=True):
    """`of`: all events of the span; `other`: those beyond the largest 50."""

    dimension: str
    first: int
    last: int
    of: int
    items: tuple[Part, ...]
    other: int = 0


def breakdown(dimension: Dimension, rows: Sequence[Part], span: tuple[int, int]) -> Breakdown:
    top = rows[:MOST_ROWS]
    total = sum(row.events for row in rows)
    return Breakdown(
        dimension=dimension,
        first=span[0],
        last=span[1],
        of=total,
        items=tuple(top),
        other=total - sum(row.events for row in top),
    )


class Change(StrEnum):
    NEW = "new"
    GONE = "gone"
    UP = "up"
    DOWN = "down"
    LEVEL = "level"


class PairRow(msgspec.Struct, frozen=True, kw_only=True):
    issue_id: str
    project_id: int
    short_id: str
    title: str
    now: int
    before: int


class Compared(View, frozen=True, kw_only=True):
    """Two spans of equal length. `ratio` with its 95 % interval; a change is one when the interval excludes 1."""

    issue_id: str
    short_id: str
    title: str
    change: Change
    now: int
    before: int
    ratio: float
    ratio_low: float
    ratio_high: float


def compared(row: PairRow) -> Compared:
    """Counts as Poisson, half an event added to each so that a zero has an interval too."""
    centre = log((row.now + 0.5) / (row.before + 0.5))
    half = 1.96 * sqrt(1 / (row.now + 0.5) + 1 / (row.before + 0.5))
    return Compared(
        issue_id=row.issue_id,
        short_id=row.short_id,
        title=row.title,
        change=change(row, centre, half),
        now=row.now,
        before=row.before,
        ratio=round(exp(centre), 3),
        ratio_low=round(exp(centre - half), 3),
        ratio_high=round(exp(centre + half), 3),
    )


def change(row: PairRow, centre: float, half: float) -> Change:
    if not row.before:
        return Change.NEW
    if not row.now:
        return Change.GONE
    if centre > half:
        return Change.UP
    return Change.DOWN if centre < -half else Change.LEVEL
