"""Decisions about grouping: several issues are one, or one is several.

Later events follow the decision; history is joined when it is read.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.ids import digest
from query_api.calls import Call
from query_api.commands import GROUPING, Made, Text
from query_api.problems import Code, Problem, invalid
from query_api.views import View
from schemas.commands import GroupingCommand, GroupingKind

Id = Annotated[str, Meta(min_length=1, max_length=60)]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ids` become part of `into`."""

    ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=50)]
    into: Id
    note: Text = ""


class Split(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of: some of its `keys`, a former `member`, or `by` what was said or who called (`stay`: what remains)."""

    keys: Annotated[tuple[Hex, ...], Meta(max_length=50)] = ()
    member: str = ""
    by: Literal["message", "caller", ""] = ""
    stay: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=50)] = ()
    note: Text = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An issue as grouping needs it; `owner`: the partition that holds it."""

    issue_id: str
    project_id: int
    merged_into: str | None
    owner: int | None


class Regrouped(View, frozen=True, kw_only=True):
    """`bulk_id` undoes all of it."""

    command_ids: tuple[str, ...]
    bulk_id: str = ""


def merges(call: Call, said: Merge, sources: list[Row], into: Row) -> tuple[Made, ...]:
    """One command per member: whatever stood in a source goes along. `sources` hold their members too."""
    if into.merged_into:
        raise Problem(Code.CONFLICT, "The target itself was merged; merge into what it became.")
    if {row.project_id for row in sources} != {into.project_id}:
        raise invalid("/ids", "issues of one project only")
    if into.issue_id in {row.issue_id for row in sources}:
        raise invalid("/into", "an issue cannot be merged into itself")
    return tuple(
        made(msgspec.structs.replace(command(call, row, GroupingKind.MERGE, said.note), into=into.issue_id))
        for row in sources
    )


def split(call: Call, said: Split, row: Row, *, known: frozenset[str], member: Row | None) -> Made:
    """`known`: keys of the issue; `member`: the former issue, if one was named."""
    if sum((bool(said.keys), bool(said.member), bool(said.by))) != 1:
        raise invalid("/keys", "name keys, a member, or by what to tell apart")
    if said.by:
        command_ = command(call, row, GroupingKind.REFINE, said.note)
        return made(msgspec.structs.replace(command_, by=said.by, stay=said.stay))
    command_ = command(call, row, GroupingKind.SPLIT, said.note)
    if said.member:
        if member is None or member.merged_into != row.issue_id:
            raise invalid("/member", "this was never a part of the issue")
        return made(msgspec.structs.replace(command_, member=member.issue_id, to=member.issue_id))
    foreign = sorted(set(said.keys) - known)
    if foreign:
        raise invalid("/keys", f"{foreign[0]} is no key of the issue")
    if set(said.keys) >= known:
        raise invalid("/keys", "something must stay")
    return made(msgspec.structs.replace(command_, keys=said.keys))


def command(call: Call, row: Row, kind: GroupingKind, note: str) -> GroupingCommand:
    if row.owner is None:
        raise Problem(Code.CONFLICT, "The issue has no key yet; try again in a moment.")
    return GroupingCommand(
        command_id=digest(call.caller.actor, call.operation.id, row.issue_id, call.key),
        project_id=row.project_id,
        issue_id=row.issue_id,
        kind=kind,
        actor=call.caller.actor,
        at=call.at,
        owner=row.owner,
        reason=note,
    )


def made(command_: GroupingCommand) -> Made:
    return Made(topic=GROUPING, command=command_)
