"""What is kept about how things came to be: keys, changes, alert steps, answers to commands."""

from typing import Final

import msgspec
from msgspec import UNSET, Raw

from schemas.alert_step import AlertStep
from schemas.commands import CommandResult
from schemas.issue_changed import IssueChanged, RuleMet
from schemas.kinds import MATCHED_NUMBER, SEVERITY_NUMBER, AlertState, ChangeKind, StepKind
from schemas.occurrence import Occurrence
from schemas.record import Hex32, Instant, Part, Position
from storage_sink.rows import Row, signed

NO_WHY: Final = Raw(b"{}")
UNTOLD: Final = frozenset({ChangeKind.ACTIVE})  # a pulse of counts, no news
ALERTING: Final = {
    StepKind.OPEN: AlertState.FIRING,
    StepKind.REOPENED: AlertState.FIRING,
    StepKind.UNACKED: AlertState.FIRING,
    StepKind.ACKED: AlertState.ACKED,
    StepKind.CLOSED: AlertState.IDLE,
}


class KeyRow(Row, frozen=True, kw_only=True):
    project_id: int
    key: Hex32
    issue_id: Hex32
    kind: int
    version: str
    anchor: int | None
    opener: bool
    source_partition: int
    source_offset: int
    why: Raw
    example_event_id: Hex32
    first_seen_at: Instant


class Detail(Part, frozen=True, kw_only=True):
    """The change without its snapshot, and of that what a timeline shows."""

    seq: int
    cause: str
    reason: str = ""
    before: str = ""
    rule: RuleMet | None = None
    source: Position | None = None
    milestone: str = ""
    mentions: tuple[str, ...] = ()
    settings_offset: int = -1
    status: str
    severity: str
    times_seen: int = 0
    users: int = 0
    assignee: str = ""
    release: str = ""
    environment: str = ""


class ActivityRow(Row, frozen=True, kw_only=True):
    issue_id: Hex32
    at: Instant
    change_id: Hex32
    project_id: int
    kind: ChangeKind
    actor: str
    detail: Detail


class StepRow(Row, frozen=True, kw_only=True):
    step_id: str
    episode_id: Hex32
    issue_id: Hex32
    project_id: int
    kind: StepKind
    at: Instant
    severity: int
    step: Raw


class ResultRow(Row, frozen=True, kw_only=True):
    command_id: str
    at: Instant
    applied: bool
    reason: str
    change_id: str | None


class _Version(msgspec.Struct):
    v: str = ""


_WHY: Final = msgspec.json.Decoder(_Version)


def key_rows(occurrence: Occurrence) -> tuple[KeyRow, ...]:
    """The keys that this event taught its issue, each with what was hashed for it."""
    if not occurrence.new_keys:
        return ()
    why = NO_WHY if occurrence.why is UNSET else occurrence.why
    version = _WHY.decode(why).v
    return tuple(
        KeyRow(
            project_id=occurrence.project_id,
            key=new.key,
            issue_id=occurrence.issue_id,
            kind=MATCHED_NUMBER[new.kind],
            version=version,
            anchor=signed(new.anchor),
            opener=new.opener,
            source_partition=occurrence.source[1],
            source_offset=occurrence.source[2],
            why=why,
            example_event_id=occurrence.event_id,
            first_seen_at=occurrence.received_at,
        )
        for new in occurrence.new_keys
    )


def activity_row(change: IssueChanged) -> ActivityRow | None:
    if change.kind in UNTOLD:
        return None
    return ActivityRow(
        issue_id=change.issue_id,
        at=change.at,
        change_id=change.change_id,
        project_id=change.project_id,
        kind=change.kind,
        actor=change.actor,
        detail=detail(change),
    )


def detail(change: IssueChanged) -> Detail:
    found = change.issue
    return Detail(
        seq=change.seq,
        cause=change.cause,
        reason=change.reason,
        before=change.before,
        rule=change.rule,
        source=change.source,
        milestone=change.milestone,
        mentions=change.mentions,
        settings_offset=change.settings_offset,
        status=found.status,
        severity=found.severity,
        times_seen=found.times_seen,
        users=found.users,
        assignee=found.assignee,
        release=found.release,
        environment=found.environment,
    )


def step_row(step: AlertStep, raw: bytes) -> StepRow:
    """`raw` is the record as it travelled: kept whole, so that `why` and restore find all of it."""
    return StepRow(
        step_id=step.step_id,
        episode_id=step.episode_id,
        issue_id=step.issue_id,
        project_id=step.project_id,
        kind=step.kind,
        at=step.at,
        severity=SEVERITY_NUMBER[step.severity],
        step=Raw(raw),
    )


def result_row(result: CommandResult) -> ResultRow:
    return ResultRow(
        command_id=result.command_id,
        at=result.at,
        applied=result.applied,
        reason=result.reason,
        change_id=result.change_id or None,
    )
