"""Issues as rows. Names are those of the columns; instants are milliseconds, ids 32 hex digits."""

from typing import Final

import msgspec

from domain.words import plain, words
from schemas.issue_changed import IssueChanged, IssueSnapshot
from schemas.kinds import LEVEL_NUMBER, SEVERITY_NUMBER, Status
from schemas.occurrence import Occurrence
from schemas.record import Hex32, Instant

OPEN: Final = frozenset({Status.NEW, Status.ONGOING, Status.REGRESSED, Status.ESCALATING})
MERGED_SHELF, OPEN_SHELF, CLOSED_SHELF = 0, 1, 2
NOBODY: Final = "0" * 32
SEVERITY_AT_SIGHT: Final = 1  # medium, until the stage's first snapshot says what it is


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Every field is written, None as null."""


class IssueRow(Row, frozen=True, kw_only=True):
    """What never changes after the first sight of an issue, and how it begins."""

    issue_id: Hex32
    project_id: int
    number: int = 0  # set by the database's counter
    changed_at: Instant
    status: Status
    severity: int
    level: int
    handled: bool | None
    weak: bool
    type: str
    title: str
    culprit: str
    place: str
    platform: str
    service: str
    first_release: str
    first_event_id: str
    first_seen_at: Instant
    last_seen_at: Instant
    shelf: int
    words: str
    plain: str


class SnapshotRow(Row, frozen=True, kw_only=True):
    """What a snapshot says about its issue; (epoch, offset) is its place in `issue-changes`."""

    issue_id: Hex32
    seq: int
    changed_at: Instant
    changed_epoch: int
    changed_offset: int
    status: Status
    severity: int
    severity_why: tuple[str, ...]
    resolution: msgspec.Struct | None
    wake: msgspec.Struct | None
    level: int
    handled: bool | None
    assignee: str | None
    assigned_at: Instant | None
    assigned_why: tuple[str, ...] | None
    merged_into: str | None
    users: int
    users_exact: bool
    regressions: int
    counted: int
    counted_at: Instant
    shelf: int


def signed(hex16: str) -> int | None:
    """8 bytes of hex as PostgreSQL's bigint; None when there are none, or other characters."""
    try:
        return int.from_bytes(bytes.fromhex(hex16), "big", signed=True) if len(hex16) == 16 else None
    except ValueError:
        return None


def shelf_of(snapshot: IssueSnapshot) -> int:
    if snapshot.merged_into:
        return MERGED_SHELF
    return OPEN_SHELF if snapshot.status in OPEN else CLOSED_SHELF


def searchable(*texts: str) -> tuple[str, str]:
    """The columns `words` and `plain` of issue_search."""
    return " ".join(words(" ".join(texts))), plain(*texts)


def sighted(occurrence: Occurrence) -> IssueRow:
    """The issue as its first occurrence shows it."""
    found = occurrence
    by_word, by_part = searchable(found.type, found.title, found.culprit, found.place, found.service)
    return IssueRow(
        issue_id=found.issue_id,
        project_id=found.project_id,
        changed_at=found.received_at,
        status=Status.NEW,
        severity=SEVERITY_AT_SIGHT,
        level=LEVEL_NUMBER[found.level],
        handled=found.handled,
        weak=found.weak,
        type=found.type,
        title=found.title,
        culprit=found.culprit,
        place=found.place,
        platform=found.platform,
        service=found.service,
        first_release=found.release,
        first_event_id=found.event_id,
        first_seen_at=found.received_at,
        last_seen_at=found.received_at,
        shelf=OPEN_SHELF,
        words=by_word,
        plain=by_part,
    )


def described(issue_id: str, project_id: int, at: Instant, snapshot: IssueSnapshot) -> IssueRow:
    """The issue as a snapshot shows it, when that comes before the first occurrence (or there is none)."""
    found = snapshot
    by_word, by_part = searchable(found.type, found.title, found.culprit, found.place, found.service)
    return IssueRow(
        issue_id=issue_id,
        project_id=project_id,
        changed_at=at,
        status=found.status,
        severity=SEVERITY_NUMBER[found.severity],
        level=LEVEL_NUMBER[found.level],
        handled=found.handled,
        weak=False,
        type=found.type,
        title=found.title,
        culprit=found.culprit,
        place=found.place,
        platform=found.platform,
        service=found.service,
        first_release=found.first_release or found.release,
        first_event_id=found.event_id or NOBODY,
        first_seen_at=found.first_seen_at or at,
        last_seen_at=found.last_seen_at or at,
        shelf=shelf_of(found),
        words=by_word,
        plain=by_part,
    )


def snapshot_row(change: IssueChanged, epoch: int, offset: int) -> SnapshotRow:
    found = change.issue
    return SnapshotRow(
        issue_id=change.issue_id,
        seq=change.seq,
        changed_at=change.at,
        changed_epoch=epoch,
        changed_offset=offset,
        status=found.status,
        severity=SEVERITY_NUMBER[found.severity],
        severity_why=found.severity_why,
        resolution=found.resolution,
        wake=found.wake,
        level=LEVEL_NUMBER[found.level],
        handled=found.handled,
        assignee=found.assignee or None,
        assigned_at=found.assigned_at or None,
        assigned_why=found.assigned_why or None,
        merged_into=found.merged_into or None,
        users=found.users,
        users_exact=found.users_exact,
        regressions=found.regressions,
        counted=found.times_seen,
        counted_at=found.last_seen_at,
        shelf=shelf_of(found),
    )
