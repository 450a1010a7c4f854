"""What an answer shows of an issue and its occurrences; from rows of the stores to records."""

from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from schemas.kinds import LEVEL_NUMBER, MATCHED_NUMBER, SEVERITY_NUMBER

T = TypeVar("T")
LEVELS: Final = tuple(LEVEL_NUMBER)
SEVERITIES: Final = tuple(SEVERITY_NUMBER)
MATCHED: Final = tuple(MATCHED_NUMBER)
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of answers: what is absent is left out, never null."""


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`next` goes on where this page ends; absent: there is no more. `fresh_at`: complete up to then."""

    items: tuple[T, ...]
    fresh_at: int
    next: str | msgspec.UnsetType = msgspec.UNSET


class Pending(View, frozen=True, kw_only=True):
    """A decision on its way: shown until the stage has answered."""

    command_id: str
    kind: str
    at: int
    actor: str


class EpisodeBrief(View, frozen=True, kw_only=True):
    episode_id: str
    number: int
    state: str
    opened_at: int
    acked_by: str | None = None
    acked_at: int | None = None


class IssueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list as PostgreSQL gives it."""

    issue_id: str
    project_id: int
    slug: str
    number: int
    seq: int
    status: str
    severity: int
    severity_why: list[str] | None
    level: int
    handled: bool | None
    type: str
    title: str
    culprit: str
    place: str
    platform: str
    service: str
    assignee: str | None
    assigned_at: int | None
    assigned_why: list[str] | None
    alerting: str
    merged_into: str | None
    users: int
    users_exact: bool
    regressions: int
    first_release: str
    times_seen: int
    first_seen_at: int
    last_seen_at: int
    last_event_id: str


class Issue(View, frozen=True, kw_only=True):
    """`short_id` is what people say; `hours`: counts of the last 24 hours, oldest first."""

    issue_id: str
    short_id: str
    project_id: int
    seq: int
    status: str
    severity: str
    severity_why: tuple[str, ...] = ()
    level: str
    handled: bool | None = None
    type: str
    title: str
    culprit: str = ""
    place: str = ""
    platform: str = ""
    service: str = ""
    assignee: str = ""
    assigned_at: int = 0
    assigned_why: tuple[str, ...] = ()
    alerting: str = "idle"
    merged_into: str = ""
    users: int = 0
    users_exact: bool = True
    regressions: int = 0
    first_release: str = ""
    times_seen: int
    first_seen_at: int
    last_seen_at: int
    last_event_id: str
    hours: tuple[int, ...] = ()
    episode: EpisodeBrief | None = None
    pending: tuple[Pending, ...] = ()


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to the issues of a page, by issue id."""

    hours: Mapping[str, tuple[int, ...]] = {}
    episodes: Mapping[str, EpisodeBrief] = {}
    pending: Mapping[str, tuple[Pending, ...]] = {}


SAME: Final = frozenset(Issue.__struct_fields__) & frozenset(IssueRow.__struct_fields__) - {"severity", "level"}


def issue(row: IssueRow, around: Around) -> Issue:
    same = {name: value for name in SAME if (value := getattr(row, name)) is not None}
    words = {"severity": SEVERITIES[row.severity], "level": LEVELS[row.level]}
    found = msgspec.convert({**same, **words, "short_id": f"{row.slug.upper()}-{row.number}"}, Issue)
    return msgspec.structs.replace(
        found,
        hours=around.hours.get(row.issue_id, ()),
        episode=around.episodes.get(row.issue_id),
        pending=around.pending.get(row.issue_id, ()),
    )


class DayRow(msgspec.Struct, frozen=True):
    """One day of an issue; `start_at` is its first instant."""

    issue_id: str
    start_at: int
    hours: list[int] | None


def last_hours(days: Sequence[DayRow], at: int) -> dict[str, tuple[int, ...]]:
    """24 counts per issue, the running hour last."""
    first = at // HOUR_MS - 23
    counts: dict[str, list[int]] = {}
    for day in days:
        into = counts.setdefault(day.issue_id, [0] * 24)
        for hour, count in enumerate(day.hours or ()):
            slot = day.start_at // HOUR_MS + hour - first
            if 0 <= slot < 24:
                into[slot] += count
    return {issue_id: tuple(found) for issue_id, found in counts.items()}


class OccurrenceRow(msgspec.Struct, frozen=True, kw_only=True):
    event_id: str
    issue_id: str
    project_id: int
    received_at: int
    occurred_at: int
    user_hash: int | None
    level: int
    handled: bool | None
    matched: int
    service: str
    environment: str
    release: str
    route: str
    title: str | None
    tags: dict[str, str] | None


class Occurrence(View, frozen=True, kw_only=True):
    """One event, slim. `ref` opens the whole document; `user` is a keyed digest."""

    ref: str
    event_id: str
    issue_id: str
    project_id: int
    received_at: int
    occurred_at: int
    level: str
    matched: str
    handled: bool | None = None
    user: str = ""
    service: str = ""
    environment: str = ""
    release: str = ""
    route: str = ""
    title: str = ""
    tags: dict[str, str] = {}


def occurrence(row: OccurrenceRow, title: str = "") -> Occurrence:
    """`title`: the issue's, which a row with the same leaves out."""
    return Occurrence(
        ref=f"{row.project_id}:{row.event_id}",
        event_id=row.event_id,
        issue_id=row.issue_id,
        project_id=row.project_id,
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        level=LEVELS[row.level],
        matched=MATCHED[row.matched],
        handled=row.handled,
        user="" if row.user_hash is None else (row.user_hash % 2**64).to_bytes(8, "big").hex(),
        service=row.service,
        environment=row.environment,
        release=row.release,
        route=row.route,
        title=row.title or title,
        tags=row.tags or {},
    )
