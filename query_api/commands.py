"""Decisions of people as records: what a request says becomes the command that a stage will judge."""

from typing import Annotated, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from domain.ids import digest
from query_api.calls import Call
from query_api.problems import invalid
from schemas.commands import (
    EpisodeCommand,
    EpisodeCommandKind,
    GroupingCommand,
    GroupingKind,
    IssueCommand,
    IssueCommandKind,
    ResolveHow,
)
from schemas.kinds import Severity

Text = Annotated[str, Meta(max_length=500)]
Target = Annotated[str, Meta(pattern=r"^(person:[a-z0-9-]{1,40}|team:[a-z0-9-]{1,40}|)$")]
MAX_SNOOZE_MS: Final = 366 * 86_400_000


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the bodies: every decision may carry a note."""

    note: Text = ""


D = TypeVar("D", bound=Decision)


class Resolve(Decision, frozen=True, kw_only=True):
    how: ResolveHow = ResolveHow.NOW
    value: Annotated[str, Meta(max_length=200)] = ""  # the release or commit


class Ignore(Decision, frozen=True, kw_only=True):
    until: Literal["for_ever", "escalating"] = "escalating"


class Snooze(Decision, frozen=True, kw_only=True):
    """The first that is met wakes the issue; at least one must be given."""

    until_at: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    count: Annotated[int, Meta(ge=0, le=10**9)] = 0
    window_m: Annotated[int, Meta(ge=0, le=60)] = 0
    users: Annotated[int, Meta(ge=0, le=10**9)] = 0


class Assign(Decision, frozen=True, kw_only=True):
    """`to`: `person:<id>`, `team:<id>`, empty for nobody."""

    to: Target = ""


class SetSeverity(Decision, frozen=True, kw_only=True):
    """Pins a severity; null lets it be judged again."""

    severity: Severity | None = None


AnyCommand: TypeAlias = IssueCommand | EpisodeCommand | GroupingCommand


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A command with where it goes."""

    topic: str
    command: AnyCommand


UNDONE: Final = frozenset(
    {
        IssueCommandKind.RESOLVE,
        IssueCommandKind.REOPEN,
        IssueCommandKind.IGNORE,
        IssueCommandKind.SNOOZE,
        IssueCommandKind.ASSIGN,
        IssueCommandKind.SET_SEVERITY,
    }
)
GROUPING: Final = "error-events"
ISSUES: Final = "issue-events"
EPISODES: Final = "issue-changes"


def command_id(call: Call) -> str:
    """The same key of the same person for the same decision is the same command."""
    return digest(call.caller.actor, call.operation.id, call.target, call.key)


def on_issue(call: Call, kind: IssueCommandKind, decision: Decision) -> IssueCommand:
    return IssueCommand(
        command_id=command_id(call),
        project_id=call.project_id,
        issue_id=call.target,
        kind=kind,
        actor=call.caller.actor,
        at=call.at,
        reason=decision.note,
    )


def resolve(call: Call, said: Resolve) -> Made:
    if said.how in {ResolveHow.RELEASE, ResolveHow.COMMIT} and not said.value:
        raise invalid("/value", f"name the {said.how}")
    command = on_issue(call, IssueCommandKind.RESOLVE, said)
    return made(msgspec.structs.replace(command, how=said.how, value=said.value))


def reopen(call: Call, said: Decision) -> Made:
    return made(on_issue(call, IssueCommandKind.REOPEN, said))


def ignore(call: Call, said: Ignore) -> Made:
    return made(msgspec.structs.replace(on_issue(call, IssueCommandKind.IGNORE, said), until=said.until))


def snooze(call: Call, said: Snooze) -> Made:
    if said.until_at is None and not said.count and not said.users:
        raise invalid("/until_at", "say until when, or for how many events or users")
    if said.until_at is not None and not call.at < said.until_at <= call.at + MAX_SNOOZE_MS:
        raise invalid("/until_at", "must lie ahead, by at most a year")
    if said.window_m and not said.count:
        raise invalid("/window_m", "needs a count")
    command = on_issue(call, IssueCommandKind.SNOOZE, said)
    return made(
        msgspec.structs.replace(
            command, until_at=said.until_at, count=said.count, window_m=said.window_m, users=said.users
        )
    )


def assign(call: Call, said: Assign) -> Made:
    return made(msgspec.structs.replace(on_issue(call, IssueCommandKind.ASSIGN, said), to=said.to))


def set_severity(call: Call, said: SetSeverity) -> Made:
    command = on_issue(call, IssueCommandKind.SET_SEVERITY, said)
    return made(msgspec.structs.replace(command, severity=said.severity))


def made(command: IssueCommand) -> Made:
    return Made(topic=ISSUES, command=command)


def comment(call: Call, comment_id: str, mentions: tuple[str, ...]) -> Made:
    command = on_issue(call, IssueCommandKind.COMMENT, Decision())
    return made(msgspec.structs.replace(command, comment_id=comment_id, mentions=mentions))


def undo(call: Call, before: AnyCommand) -> Made | None:
    """The command that takes `before` back; None when nothing can."""
    about = msgspec.structs.replace(
        call, target=before.issue_id, project_id=before.project_id, key=f"undo:{before.command_id}"
    )
    match before:
        case IssueCommand() if before.kind in UNDONE:
            command = on_issue(about, IssueCommandKind.UNDO, Decision())
            return made(msgspec.structs.replace(command, undoes=before.command_id))
        case GroupingCommand() if before.kind is not GroupingKind.UNDO:
            return Made(topic=GROUPING, command=ungrouping(about, before))
        case EpisodeCommand(kind=EpisodeCommandKind.ACKNOWLEDGE):
            return on_episode(about, EpisodeCommandKind.UNACKNOWLEDGE, Decision())
        case _:
            return None


def ungrouping(call: Call, before: GroupingCommand) -> GroupingCommand:
    """The inverse names everything that the command named: each partition undoes its part."""
    return msgspec.structs.replace(
        before,
        command_id=command_id(call),
        kind=GroupingKind.UNDO,
        undoes=before.command_id,
        actor=call.caller.actor,
        at=call.at,
        reason="",
    )


def on_episode(call: Call, kind: EpisodeCommandKind, decision: Decision) -> Made:
    """About the open episode of the issue: the stage knows which one that is."""
    return Made(
        topic=EPISODES,
        command=EpisodeCommand(
            command_id=command_id(call),
            project_id=call.project_id,
            issue_id=call.target,
            kind=kind,
            actor=call.caller.actor,
            at=call.at,
            reason=decision.note,
        ),
    )


def same_decision(stored: AnyCommand, now: AnyCommand) -> bool:
    """Whether a repeated key says the same; the instant does not count."""
    return type(stored) is type(now) and msgspec.structs.replace(now, at=stored.at) == stored
