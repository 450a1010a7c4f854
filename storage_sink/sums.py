"""Occurrences summed by what they are counted by. The order of the keys is the order of the locks."""

from collections.abc import Iterable
from typing import Final, TypeAlias, TypeVar

from schemas.kinds import LEVEL_NUMBER
from schemas.occurrence import Occurrence

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


class Span:
    """A count with its first and last instant, built up while a batch is summed."""

    __slots__ = ("first_at", "last_at", "last_event_id", "project_id", "times")

    def __init__(self, project_id: int, at: int) -> None:
        self.project_id, self.first_at, self.last_at = project_id, at, at
        self.last_event_id, self.times = "", 0

    def add(self, at: int, event_id: str) -> None:
        self.times += 1
        self.first_at = min(self.first_at, at)
        if at >= self.last_at:
            self.last_at, self.last_event_id = at, event_id


class Day:
    """The 24 hours of one issue's UTC day."""

    __slots__ = ("hours", "project_id")

    def __init__(self, project_id: int) -> None:
        self.project_id, self.hours = project_id, [0] * 24


Pair: TypeAlias = tuple[str, str]
K = TypeVar("K")


class Sums:
    """What one batch adds to each rollup."""

    def __init__(self) -> None:
        self.issues: dict[str, Span] = {}
        self.environments: dict[Pair, Span] = {}
        self.releases: dict[Pair, Span] = {}
        self.days: dict[tuple[str, int], Day] = {}  # by issue and days since 1970
        self.hours: dict[tuple[int, int, str, str, int], int] = {}  # project, hour_at, environment, service, level
        self.minutes: dict[tuple[int, int], int] = {}  # project, minute_at


def summed(occurrences: Iterable[Occurrence]) -> Sums:
    """Sums over occurrences that are new to the store. An empty release is none."""
    sums = Sums()
    for one in occurrences:
        at = one.received_at
        _span(sums.issues, one.issue_id, one)
        _span(sums.environments, (one.issue_id, one.environment), one)
        if one.release:
            _span(sums.releases, (one.issue_id, one.release), one)
        day, rest = divmod(at, DAY_MS)
        found = sums.days.get((one.issue_id, day)) or sums.days.setdefault((one.issue_id, day), Day(one.project_id))
        found.hours[rest // HOUR_MS] += 1
        hour = (one.project_id, at - at % HOUR_MS, one.environment, one.service, LEVEL_NUMBER[one.level])
        sums.hours[hour] = sums.hours.get(hour, 0) + 1
        minute = (one.project_id, at - at % MINUTE_MS)
        sums.minutes[minute] = sums.minutes.get(minute, 0) + 1
    return sums


def _span(spans: dict[K, Span], key: K, one: Occurrence) -> None:
    found = spans.get(key) or spans.setdefault(key, Span(one.project_id, one.received_at))
    found.add(one.received_at, one.event_id)
