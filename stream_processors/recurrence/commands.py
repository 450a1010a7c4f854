"""What people and jobs decide about an issue (alerting.md 2.6): (before, command) -> applied, or refused with a reason.

Only the fields a command owns change here; that it is a human act, can be undone and is told is the same for all.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from domain.releases import latest, package_of
from schemas.commands import IssueCommand, IssueCommandKind, ResolveHow
from schemas.issue_changed import Resolution, Wake
from schemas.kinds import ChangeKind, Status
from stream_processors.recurrence.lifecycle import Told, described
from stream_processors.recurrence.memory import OPEN, Hot, Memory, Owned, Pin, Pushed, Standing
from stream_processors.recurrence.projects import Project

FOR_EVER: Final = "for_ever"
NOT_OPEN: Final = "not_open"
ALREADY: Final = "already"
NEWER: Final = "newer_occurrence"
NO_RELEASE: Final = "no_release"
PERSONS_CHOICE: Final = "assigned_by_a_person"


class Applied(msgspec.Struct, frozen=True):
    """Fields after the command. `regrade`: severity has to be judged again."""

    hot: Hot
    told: tuple[Told, ...] = ()
    regrade: bool = False


class Refused(msgspec.Struct, frozen=True):
    reason: str


Ruling: TypeAlias = Applied | Refused
Rule: TypeAlias = Callable[[Memory, IssueCommand, Project], Ruling]


def ruled(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """The verdict of one command that RULES knows."""
    if memory.hot.merged_into and command.kind in SETTLING:
        return Refused(NOT_OPEN)
    return RULES[command.kind](memory, command, project)


def resolve(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """An automatic one holds only for what was last seen when it was decided."""
    hot, how = memory.hot, command.how or ResolveHow.NOW
    if command.if_last_seen_at is not None and hot.counts.last_at > command.if_last_seen_at:
        return Refused(NEWER)
    newest = latest(project.releases, package_of(hot.face.release))
    if how is ResolveHow.NEXT_RELEASE and not newest:
        return Refused(NO_RELEASE)
    known = hot.standing.resolution
    if known is not None and (known.how, known.value) == (how, command.value):
        return Refused(ALREADY)
    resolution = Resolution(how=how, by=command.actor, at=command.at, value=command.value, latest=newest)
    return _moved(hot, Standing(Status.RESOLVED, command.at, resolution), ChangeKind.RESOLVED, command)


def reopen(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    hot = memory.hot
    if hot.standing.status in OPEN:
        return Refused(ALREADY)
    return _moved(hot, Standing(Status.ONGOING, command.at), ChangeKind.REOPENED, command)


def ignore(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    hot, until = memory.hot, command.until or FOR_EVER
    if hot.standing.status is Status.RESOLVED:
        return Refused(NOT_OPEN)
    if hot.standing.status is Status.IGNORED and hot.standing.wake and hot.standing.wake.until == until:
        return Refused(ALREADY)
    wake = Wake(before=_waking(hot), until=until)
    return _moved(hot, Standing(Status.IGNORED, command.at, wake=wake), ChangeKind.IGNORED, command)


def snooze(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """`n more` become totals now, so that a replay needs nothing else. With a window, `count` is within it."""
    hot, total, users = memory.hot, memory.hot.counts.total, memory.cold.users.count
    if hot.standing.status is Status.RESOLVED:
        return Refused(NOT_OPEN)
    wake = Wake(
        before=_waking(hot),
        until_at=command.until_at,
        count=total + command.count if command.count and not command.window_m else 0,
        window_m=command.window_m,
        window_count=command.count if command.window_m else 0,
        users=users + command.users if command.users else 0,
    )
    standing = Standing(Status.SNOOZED, command.at, wake=wake, since_total=total)
    return _moved(hot, standing, ChangeKind.SNOOZED, command)


def assign(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """A machine never overrides a person's choice."""
    hot, before = memory.hot, memory.hot.owned
    if before.assignee == command.to:
        return Refused(ALREADY)
    if is_human(before.by) and before.assignee and not is_human(command.actor):
        return Refused(PERSONS_CHOICE)
    owned = Owned(command.to, command.why, command.at, command.actor)
    told = Told(ChangeKind.ASSIGNED, command.reason, before.assignee, command.actor)
    return Applied(msgspec.structs.replace(hot, owned=owned), (told,))


def set_severity(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """Pinned until taken back with no level."""
    hot = memory.hot
    if hot.pin.severity is command.severity:
        return Refused(ALREADY)
    pin = Pin(command.severity, command.actor) if command.severity else Pin()
    return Applied(msgspec.structs.replace(hot, pin=pin), regrade=True)


def comment(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    told = Told(ChangeKind.COMMENTED, command.reason, command.comment_id, command.actor)
    return Applied(memory.hot, (told,))


def impact(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """The pulse names this issue a top contributor for a while."""
    pushed = Pushed(command.until_at or command.at, command.evidence)
    return Applied(msgspec.structs.replace(memory.hot, pushed=pushed), regrade=True)


def merged(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    """Ends the issue; nothing is added to the other one: later events arrive there by themselves. Empty: undone."""
    before = memory.hot.merged_into
    if before == command.into:
        return Refused(ALREADY)
    reason = f"merged into {command.into}" if command.into else "merge undone"
    kind = ChangeKind.MERGED if command.into else ChangeKind.REOPENED
    after = msgspec.structs.replace(memory.hot, merged_into=command.into)
    return Applied(after, (Told(kind, reason, before, command.actor),))


def split(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    told = Told(ChangeKind.SPLIT, command.reason, command.split_from, command.actor)
    return Applied(memory.hot, (told,))


def is_human(actor: str) -> bool:
    return actor.startswith("person:")


def _moved(hot: Hot, standing: Standing, kind: ChangeKind, command: IssueCommand) -> Applied:
    before = described(hot.standing.resolution) or hot.standing.status
    told = Told(kind, command.reason, before, command.actor)
    return Applied(msgspec.structs.replace(hot, standing=standing), (told,))


def _waking(hot: Hot) -> Status:
    """Where it returns to. A person looked at it, so it is no longer new or regressed."""
    status, wake = hot.standing.status, hot.standing.wake
    if status is Status.SNOOZED and wake:
        return wake.before
    return status if status is Status.ESCALATING else Status.ONGOING


RULES: Final[Mapping[IssueCommandKind, Rule]] = {
    IssueCommandKind.RESOLVE: resolve,
    IssueCommandKind.REOPEN: reopen,
    IssueCommandKind.IGNORE: ignore,
    IssueCommandKind.SNOOZE: snooze,
    IssueCommandKind.ASSIGN: assign,
    IssueCommandKind.SET_SEVERITY: set_severity,
    IssueCommandKind.COMMENT: comment,
    IssueCommandKind.IMPACT: impact,
    IssueCommandKind.MERGED: merged,
    IssueCommandKind.SPLIT: split,
}
SETTLING: Final = frozenset(
    {IssueCommandKind.RESOLVE, IssueCommandKind.REOPEN, IssueCommandKind.IGNORE, IssueCommandKind.SNOOZE}
)
