"""What each record means for history; decided before anything is written."""

from collections.abc import Iterable
from typing import Protocol, TypeAlias

import msgspec

from schemas.alert_step import AlertStep
from schemas.commands import CommandResult
from schemas.issue_changed import IssueChanged
from schemas.marks import Marker
from schemas.occurrence import Occurrence
from schemas.outcome import Outcome
from schemas.record import Instant
from schemas.verdict import Kept, Rejected, Verdict
from schemas.wire import read
from storage_sink.rows import IssueRow, SnapshotRow, described, sighted, snapshot_row
from storage_sink.trail import (
    ALERTING,
    ActivityRow,
    KeyRow,
    ResultRow,
    StepRow,
    activity_row,
    key_rows,
    result_row,
    step_row,
)


class Seen(msgspec.Struct, frozen=True):
    """One occurrence, with the keys it taught."""

    occurrence: Occurrence
    keys: tuple[KeyRow, ...]


class Changed(msgspec.Struct, frozen=True):
    change: IssueChanged
    snapshot: SnapshotRow
    activity: ActivityRow | None


class Stepped(msgspec.Struct, frozen=True):
    step: AlertStep
    row: StepRow


class Passed(msgspec.Struct, frozen=True):
    """A marker, and the partition it passed."""

    topic: str
    partition: int
    marker: Marker


class Told(msgspec.Struct, frozen=True):
    """An outcome, and when the broker took it, ms UTC."""

    outcome: Outcome
    at: Instant


Fact: TypeAlias = Seen | Changed | Stepped | Passed | ResultRow | Told


class Placed(Protocol):
    """A record as it was read."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def value(self) -> bytes: ...
    @property
    def at(self) -> Instant: ...


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one transaction by kind, each in the order of its log."""

    seen: tuple[Seen, ...] = ()
    changed: tuple[Changed, ...] = ()
    stepped: tuple[Stepped, ...] = ()
    passed: tuple[Passed, ...] = ()
    results: tuple[ResultRow, ...] = ()
    told: tuple[Told, ...] = ()


def decide(message: Placed) -> Verdict[Fact | None]:
    """None: a record that is another reader's, or of a newer version."""
    match read(message.value):
        case Rejected() as rejected:
            return rejected
        case Occurrence() as occurrence:
            return Kept(Seen(occurrence, key_rows(occurrence)))
        case IssueChanged() as change:
            row = snapshot_row(change, message.epoch, message.offset)
            return Kept(Changed(change, row, activity_row(change)))
        case AlertStep() as step:
            return Kept(Stepped(step, step_row(step, message.value)))
        case Marker() as marker:
            return Kept(Passed(message.topic, message.partition, marker))
        case CommandResult() as result:
            return Kept(result_row(result))
        case Outcome() as outcome:
            return Kept(Told(outcome, message.at))
        case _:
            return Kept(None)


def gathered(facts: Iterable[Fact | None]) -> Facts:
    found = tuple(facts)
    return Facts(
        seen=tuple(fact for fact in found if isinstance(fact, Seen)),
        changed=tuple(fact for fact in found if isinstance(fact, Changed)),
        stepped=tuple(fact for fact in found if isinstance(fact, Stepped)),
        passed=tuple(fact for fact in found if isinstance(fact, Passed)),
        results=tuple(fact for fact in found if isinstance(fact, ResultRow)),
        told=tuple(fact for fact in found if isinstance(fact, Told)),
    )


def issue_ids(facts: Facts) -> list[str]:
    """Every issue of the batch, in the order of the ids, which is the order of the locks."""
    found = {seen.occurrence.issue_id for seen in facts.seen}
    found |= {changed.change.issue_id for changed in facts.changed}
    found |= {stepped.step.issue_id for stepped in facts.stepped}
    return sorted(found)


def first_sights(facts: Facts, missing: Iterable[str]) -> list[IssueRow]:
    """How the issues that are `missing` begin.

    An occurrence describes one best; a change or an alert step that is read before it holds a snapshot.
    """
    found: dict[str, IssueRow] = {}
    left = set(missing)
    for step in (stepped.step for stepped in facts.stepped if stepped.step.issue_id in left):
        found[step.issue_id] = described(step.issue_id, step.project_id, step.at, step.brief)
    for change in (changed.change for changed in reversed(facts.changed) if changed.change.issue_id in left):
        found[change.issue_id] = described(change.issue_id, change.project_id, change.at, change.issue)
    for one in (seen.occurrence for seen in reversed(facts.seen) if seen.occurrence.issue_id in left):
        found[one.issue_id] = sighted(one)
    return [found[issue_id] for issue_id in sorted(found)]


def newest_snapshots(facts: Facts) -> list[SnapshotRow]:
    """The last snapshot of each issue, in the order of the ids."""
    newest = {changed.snapshot.issue_id: changed.snapshot for changed in facts.changed}
    return [newest[issue_id] for issue_id in sorted(newest)]


def doors(facts: Facts) -> list[tuple[str, str, Instant, Instant]]:
    """The last word of each door that names itself: process, stage, when, age of its spool; by name."""
    last = {told.outcome.process: told for told in facts.told if told.outcome.process}
    return [
        (process, told.outcome.stage, told.at, told.outcome.spool_oldest_at) for process, told in sorted(last.items())
    ]


def alerting(facts: Facts) -> list[tuple[str, str]]:
    """(issue, idle | firing | acked) after the last step of each that says so, in the order of the ids."""
    found = {
        stepped.step.issue_id: ALERTING[stepped.step.kind] for stepped in facts.stepped if stepped.step.kind in ALERTING
    }
    return [(issue_id, str(found[issue_id])) for issue_id in sorted(found)]
