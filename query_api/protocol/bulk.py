"""Decisions about many issues, and taking decisions back."""

from typing import Final

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody

from query_api import bulk, commands
from query_api.bulk import BulkAction, BulkAnswer
from query_api.calls import Call
from query_api.problems import Code, Problem, not_found
from query_api.protocol.issues import asked_for
from query_api.protocol.wiring import PREFIX, Handles, TheCall, TheDesk
from query_api.queries import issues as stored
from query_api.queries.decisions import CommandState, decide_all, of_bulk, state, states
from query_api.queries.lists import Walk, find
from query_api.queries.people import asker
from query_api.queries.store import Database
from query_api.rights import Least, reach
from query_api.search.filters import IssueQuery
from query_api.sorts import KEYS, IssueSort
from query_api.views import IssueRow, View, issue


class Undone(View, frozen=True, kw_only=True):
    """One command for each decision taken back; `kept`: those that nothing can take back."""

    command_ids: tuple[str, ...]
    kept: tuple[str, ...] = ()


class States(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CommandState, ...]


async def act(call: TheCall, desk: TheDesk, data: JSONBody[BulkAction]) -> Response[BulkAnswer]:
    """Decide about many issues at once; a dry run counts them and shows five."""
    bulk.check(data)
    async with desk.store.within(call.seen) as db:
        rows = await chosen(db, call, data)
        bulk.check_count(data, len(rows))
        if data.dry_run:
            around = await stored.around(db, [row.issue_id for row in rows[:5]], call.at)
            sample = tuple(issue(row, around) for row in rows[:5])
            return Response(BulkAnswer(count=len(rows), sample=sample), status_code=200)
        bulk_id = bulk.bulk_id(call)
        made = bulk.each(call, data, tuple((row.issue_id, row.project_id) for row in rows))
        await decide_all(db, call, made, bulk_id)
    answer = BulkAnswer(count=len(made), bulk_id=bulk_id, command_ids=tuple(one.command.command_id for one in made))
    return Response(answer, status_code=202, headers={"Location": f"{PREFIX}/commands/{bulk_id}/all"})


async def chosen(db: Database, call: Call, asked: BulkAction) -> list[IssueRow]:
    """The frozen set: named issues, or what the query finds, at most one more than is allowed."""
    query = IssueQuery(shelves=(1, 2), ids=asked.ids) if asked.ids else asked_for(asked.query, await asker(db, call))
    sort = IssueSort.LAST_SEEN
    walk = Walk(projects=call.projects, asked=query, sort=sort, before=KEYS[sort].start, limit=bulk.MOST + 1)
    rows = await find(db, walk)
    if asked.ids and len(rows) < len(set(asked.ids)):
        raise not_found()
    return rows


async def undo(call: TheCall, desk: TheDesk, command_id: FromPath[str]) -> Response[Undone]:
    """Take a decision back, or all of a bulk; what was changed since stays and says so."""
    async with desk.store.within(reach(call.caller, Least.VIEWER)) as db:
        before = await of_bulk(db, command_id)
        if not before:
            raise not_found()
        if not {command.project_id for command in before} <= set(call.projects):
            raise Problem(Code.ROLE_NEEDED, "This needs the role member in the project of the issue.")
        undoing = {command.command_id: commands.undo(call, command) for command in before}
        made = [one for one in undoing.values() if one is not None]
        if made:
            await decide_all(db, call, made, f"undo:{command_id}")
    answer = Undone(
        command_ids=tuple(one.command.command_id for one in made),
        kept=tuple(known for known, one in undoing.items() if one is None),
    )
    return Response(answer, status_code=202)


async def show(call: TheCall, desk: TheDesk, command_id: FromPath[str]) -> CommandState:
    """What became of a decision: queued, published, applied, unchanged, or refused with a reason."""
    async with desk.store.within(call.seen) as db:
        return await state(db, command_id)


async def show_all(call: TheCall, desk: TheDesk, command_id: FromPath[str]) -> States:
    """The decisions of a bulk, one by one."""
    async with desk.store.within(call.seen) as db:
        found = await states(db, command_id)
    if not found:
        raise not_found()
    return States(items=tuple(found))


HANDLES: Final[Handles] = {
    "issues_act": act,
    "commands_undo": undo,
    "commands_show": show,
    "commands_all": show_all,
}
