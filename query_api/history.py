"""What happened to an issue: one timeline, its trend, tags, users, releases, episodes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from query_api.views import DAY_MS, HOUR_MS, DayRow, View

MOST_VALUES: Final = 20


class EntryKind(StrEnum):
    CHANGE = "change"
    COMMENT = "comment"
    STEP = "step"
    DELIVERY = "delivery"


class Entry(View, frozen=True, kw_only=True):
    """One line of the timeline; `id` is that of the change, comment, step or delivery."""

    at: int
    kind: EntryKind
    id: str
    what: str
    actor: str = ""
    detail: dict[str, object] = {}


def merged(sources: Iterable[Sequence[Entry]], limit: int) -> list[Entry]:
    """The newest of all, newest first."""
    found = [entry for source in sources for entry in source]
    return sorted(found, key=lambda entry: (-entry.at, entry.id))[:limit]


class Point(msgspec.Struct, frozen=True):
    """`at`: start of the hour or day, UTC."""

    at: int
    events: int


class Mark(View, frozen=True, kw_only=True):
    """Something that happened at an instant: a release first seen, an alert."""

    at: int
    kind: str
    name: str


class Trend(View, frozen=True, kw_only=True):
    step_ms: int
    points: tuple[Point, ...]
    marks: tuple[Mark, ...] = ()


def by_hour(days: Sequence[DayRow], first: int, last: int) -> tuple[Point, ...]:
    """One point per hour from `first` to before `last`, zeros included."""
    start, end = first // HOUR_MS, -(-last // HOUR_MS)
    counts = [0] * (end - start)
    for day in days:
        for hour, count in enumerate(day.hours or ()):
            slot = day.start_at // HOUR_MS + hour - start
            if 0 <= slot < len(counts):
                counts[slot] += count
    return tuple(Point((start + slot) * HOUR_MS, count) for slot, count in enumerate(counts))


class DailyRow(msgspec.Struct, frozen=True):
    start_at: int
    times_seen: int


def by_day(days: Sequence[DailyRow], first: int, last: int) -> tuple[Point, ...]:
    start, end = first // DAY_MS, -(-last // DAY_MS)
    counts = [0] * (end - start)
    for day in days:
        slot = day.start_at // DAY_MS - start
        if 0 <= slot < len(counts):
            counts[slot] += day.times_seen
    return tuple(Point((start + slot) * DAY_MS, count) for slot, count in enumerate(counts))


class Share(msgspec.Struct, frozen=True):
    value: str
    events: int


class TagShares(View, frozen=True, kw_only=True):
    """Of the events looked at, those with the tag; `values` the most frequent, `other` the rest."""

    tag: str
    events: int
    values: tuple[Share, ...]
    other: int = 0


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """`of`: how many of the newest events were looked at."""

    items: tuple[TagShares, ...]
    of: int


def shares(rows: Sequence[dict[str, str]]) -> tuple[TagShares, ...]:
    counts: dict[str, Counter[str]] = {}
    for tags in rows:
        for name, value in tags.items():
            counts.setdefault(name, Counter())[value] += 1
    found = []
    for name, values in sorted(counts.items()):
        top = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]
        total = values.total()
        other = total - sum(count for _, count in top)
        found.append(TagShares(tag=name, events=total, values=tuple(Share(*pair) for pair in top), other=other))
    return tuple(found)


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    user_hash: int
    events: int
    last_at: int


class UserHit(msgspec.Struct, frozen=True, kw_only=True):
    """`user`: keyed digest, the same for the same person within a project."""

    user: str
    events: int
    last_at: int


class Users(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[UserHit, ...]
    of: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A release or environment in which the issue occurred."""

    name: str
    first_seen_at: int
    last_seen_at: int
    times_seen: int


class SeenIn(msgspec.Struct, frozen=True, kw_only=True):
    releases: tuple[Seen, ...]
    environments: tuple[Seen, ...]


class Episode(View, frozen=True, kw_only=True):
    """One firing period."""

    episode_id: str
    issue_id: str
    project_id: int
    number: int
    state: str
    severity: str
    opened_at: int
    team: str | None = None
    policy: str | None = None
    rule_ids: tuple[str, ...] = ()
    position: str = ""
    first_accepted_at: int | None = None
    acked_at: int | None = None
    acked_by: str | None = None
    closed_at: int | None = None
    closed_why: str | None = None


class Episodes(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Episode, ...]
