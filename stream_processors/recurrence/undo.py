"""What a command replaced is kept until the field changes again, so that the command can be undone exactly."""

from typing import Final

import msgspec

from schemas.commands import IssueCommand, IssueCommandKind
from schemas.kinds import ChangeKind, Status
from stream_processors.marks import short
from stream_processors.recurrence.commands import Applied, Refused, Ruling
from stream_processors.recurrence.lifecycle import Told
from stream_processors.recurrence.memory import Former, Hot

CHANGED_SINCE: Final = "changed_since"
STANDING, OWNED, PIN = "standing", "owned", "pin"
AIMS: Final = {IssueCommandKind.ASSIGN: OWNED, IssueCommandKind.SET_SEVERITY: PIN}
TELLS: Final = {
    Status.RESOLVED: ChangeKind.RESOLVED,
    Status.IGNORED: ChangeKind.IGNORED,
    Status.SNOOZED: ChangeKind.SNOOZED,
}


def undone(hot: Hot, command: IssueCommand) -> Ruling:
    """The fields as they were before the command that `undoes` names, unless somebody changed them since."""
    wanted = short(command.undoes)
    former = next((one for one in hot.formers if one.command == wanted), None)
    if former is None or _of(former) is None:
        return Refused(CHANGED_SINCE)
    after = msgspec.structs.replace(
        hot,
        standing=former.standing or hot.standing,
        owned=former.owned or hot.owned,
        pin=former.pin or hot.pin,
    )
    return Applied(after, _told(hot, after, command), regrade=former.pin is not None)


def remembered(before: Hot, after: Hot, command: IssueCommand) -> tuple[Former, ...]:
    """The formers after the command: what it replaced, and of the older ones what it left alone."""
    moved, owned, pinned = _differs(before, after)
    older = (
        msgspec.structs.replace(
            one,
            standing=None if moved else one.standing,
            owned=None if owned else one.owned,
            pin=None if pinned else one.pin,
        )
        for one in before.formers
    )
    mine = Former(
        short(command.command_id),
        _aim(before, command),
        standing=before.standing if moved else None,
        owned=before.owned if owned else None,
        pin=before.pin if pinned else None,
    )
    return tuple(one for one in (*older, mine) if one.standing or one.owned or one.pin)


def _differs(before: Hot, after: Hot) -> tuple[bool, bool, bool]:
    return before.standing != after.standing, before.owned != after.owned, before.pin != after.pin


def _aim(before: Hot, command: IssueCommand) -> str:
    """An undo is about what the undone command was about."""
    if command.kind is IssueCommandKind.UNDO:
        wanted = short(command.undoes)
        return next((one.aim for one in before.formers if one.command == wanted), STANDING)
    return AIMS.get(command.kind, STANDING)


def _of(former: Former) -> object:
    match former.aim:
        case "owned":
            return former.owned
        case "pin":
            return former.pin
        case _:
            return former.standing


def _told(before: Hot, after: Hot, command: IssueCommand) -> tuple[Told, ...]:
    moved, owned, _ = _differs(before, after)
    told = []
    if owned:
        told.append(Told(ChangeKind.ASSIGNED, command.reason, before.owned.assignee, command.actor))
    if moved:
        kind = TELLS.get(after.standing.status, ChangeKind.REOPENED)
        told.append(Told(kind, command.reason, before.standing.status, command.actor))
    return tuple(told)
