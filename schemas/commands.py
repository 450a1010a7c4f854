"""What people and jobs decide, and what a stage answers. Arguments by kind: docs/records.md."""

from enum import StrEnum

from schemas.kinds import Severity
from schemas.record import Hex32, Instant, Position, ProjectId, Record


class IssueCommandKind(StrEnum):
    RESOLVE = "resolve"
    REOPEN = "reopen"
    IGNORE = "ignore"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    SET_SEVERITY = "set_severity"
    COMMENT = "comment"
    UNDO = "undo"
    OBSERVE = "observe"
    IMPACT = "impact"
    MERGED = "merged"
    SPLIT = "split"
    DISCOUNT = "discount"
    FORGET = "forget"


class ResolveHow(StrEnum):
    NOW = "now"
    NEXT_RELEASE = "next_release"
    RELEASE = "release"
    COMMIT = "commit"


class IssueCommand(Record, frozen=True, kw_only=True, tag="issue_command.v1"):
    """A decision about one issue, in the log of the recurrence stage."""

    command_id: str
    project_id: ProjectId
    issue_id: Hex32
    kind: IssueCommandKind
    actor: str  # person:<id>, job:<name>, rule:<id>, service:<name>
    at: Instant
    reason: str = ""
    undoes: str = ""
    settings_offset: int = -1  # a stage waits until its view of `settings` has this offset
    # resolve
    how: ResolveHow | None = None
    value: str = ""  # release or commit
    if_last_seen_at: Instant | None = None
    # ignore, snooze
    until: str = ""  # for_ever, escalating
    until_at: Instant | None = None
    count: int = 0
    window_m: int = 0
    users: int = 0
    # assign, set_severity
    to: str = ""  # person:<id>, team:<id>; empty: nobody
    why: tuple[str, ...] = ()
    severity: Severity | None = None
    # comment
    comment_id: str = ""
    mentions: tuple[str, ...] = ()
    # observe (a pulse), impact
    minute_at: Instant | None = None
    evidence: tuple[str, ...] = ()
    # merged, split
    into: str = ""
    split_from: str = ""
    # discount
    event_id: str = ""
    position: Position | None = None
    received_at: Instant | None = None


class GroupingKind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"
    REFINE = "refine"
    ATTACH = "attach"
    HELPER = "helper"
    FORGET = "forget"
    UNDO = "undo"


class GroupingCommand(Record, frozen=True, kw_only=True, tag="grouping_command.v1"):
    """A decision about keys; sent to every partition of `error-events`, answered by `owner`'s."""

    command_id: str
    project_id: ProjectId
    issue_id: Hex32
    kind: GroupingKind
    actor: str
    at: Instant
    owner: int  # the partition that owns the issue (issue_keys.source_partition)
    reason: str = ""
    undoes: str = ""
    into: str = ""
    to: str = ""
    keys: tuple[str, ...] = ()
    member: str = ""
    by: str = ""  # message, caller
    stay: tuple[str, ...] = ()
    symbol: str = ""
    pin: bool | None = None


class EpisodeCommandKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    ESCALATE_NOW = "escalate_now"
    HELD = "held"
    UNREACHABLE = "unreachable"
    RESEND = "resend"
    FORGET = "forget"


class EpisodeCommand(Record, frozen=True, kw_only=True, tag="episode_command.v1"):
    """A decision about one episode, in the log of the escalation stage."""

    command_id: str
    project_id: ProjectId
    issue_id: Hex32
    kind: EpisodeCommandKind
    actor: str
    at: Instant
    episode_id: str = ""  # empty: the open one
    reason: str = ""
    settings_offset: int = -1
    position: str = ""  # round.loop.step, for held and unreachable
    until_at: Instant | None = None
    step_id: str = ""


class CommandResult(Record, frozen=True, kw_only=True, tag="command_result.v1"):
    """The one answer to a command, on the output log of the stage that judged it."""

    command_id: str
    project_id: ProjectId
    issue_id: str
    at: Instant
    applied: bool
    reason: str = ""  # unknown_issue other_project redirect_loop newer_occurrence not_open ...
    change_id: str = ""
