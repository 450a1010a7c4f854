"""One decision about many issues: the set is frozen when it is made, and undone as one."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from domain.ids import digest
from query_api import commands
from query_api.calls import Call
from query_api.commands import Assign, Decision, Ignore, Made, Resolve, SetSeverity, Snooze
from query_api.problems import Code, Flaw, Problem, invalid
from query_api.views import Issue, View
from schemas.commands import EpisodeCommandKind

MOST: Final = 1_000
OFF: Final = 0.05


class Action(StrEnum):
    RESOLVE = "resolve"
    REOPEN = "reopen"
    IGNORE = "ignore"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    SEVERITY = "severity"
    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"


class BulkAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ids`, or a `query` with the number that was shown (`expected`). `arguments`: what the action alone takes."""

    action: Action
    ids: Annotated[tuple[Annotated[str, Meta(max_length=60)], ...], Meta(max_length=100)] = ()
    query: Annotated[str, Meta(max_length=500)] = ""
    expected: Annotated[int, Meta(ge=0, le=MOST)] | None = None
    arguments: dict[str, str | int | None] = {}
    dry_run: bool = False


class BulkAnswer(View, frozen=True, kw_only=True):
    """`bulk_id` undoes all of it; a dry run has none and shows five of the issues."""

    count: int
    bulk_id: str = ""
    command_ids: tuple[str, ...] = ()
    sample: tuple[Issue, ...] = ()


def acknowledge(call: Call, said: Decision) -> Made:
    return commands.on_episode(call, EpisodeCommandKind.ACKNOWLEDGE, said)


def unacknowledge(call: Call, said: Decision) -> Made:
    return commands.on_episode(call, EpisodeCommandKind.UNACKNOWLEDGE, said)


def making(made: Callable[[Call, commands.D], Made], body: type[commands.D]) -> Callable[[Call, BulkAction], Made]:
    """The maker of one action, with its arguments read as its body."""

    def make(call: Call, asked: BulkAction) -> Made:
        try:
            return made(call, msgspec.convert(asked.arguments, body))
        except msgspec.ValidationError as error:
            raise invalid("/arguments", str(error)) from error

    return make


MAKERS: Final = {
    Action.RESOLVE: making(commands.resolve, Resolve),
    Action.REOPEN: making(commands.reopen, Decision),
    Action.IGNORE: making(commands.ignore, Ignore),
    Action.SNOOZE: making(commands.snooze, Snooze),
    Action.ASSIGN: making(commands.assign, Assign),
    Action.SEVERITY: making(commands.set_severity, SetSeverity),
    Action.ACKNOWLEDGE: making(acknowledge, Decision),
    Action.UNACKNOWLEDGE: making(unacknowledge, Decision),
}


def bulk_id(call: Call) -> str:
    return digest("bulk", call.caller.actor, call.key)


def check(asked: BulkAction) -> None:
    if bool(asked.ids) == bool(asked.query):
        raise invalid("/ids", "name issues, or a query, not both")
    if asked.query and asked.expected is None and not asked.dry_run:
        raise invalid("/expected", "say how many issues you saw")


def check_count(asked: BulkAction, found: int) -> None:
    """More than 5 % off: the set is not the one that was looked at."""
    if found > MOST:
        raise Problem(Code.NEEDS_NARROWING, f"At most {MOST} issues at once.")
    if asked.expected is None or asked.dry_run:
        return
    if abs(found - asked.expected) > max(1, round(asked.expected * OFF)):
        message = f"{found} issues now, {asked.expected} were expected"
        raise Problem(Code.UNEXPECTED_COUNT, message, (Flaw(code="count", message=message, pointer="/expected"),))


def each(call: Call, asked: BulkAction, issues: tuple[tuple[str, int], ...]) -> tuple[Made, ...]:
    """A command per (issue, project); its key holds the bulk's, so a repeat makes the same ones."""
    make = MAKERS[asked.action]
    return tuple(
        make(msgspec.structs.replace(call, target=issue_id, project_id=project_id), asked)
        for issue_id, project_id in issues
    )
