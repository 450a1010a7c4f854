"""Merge and split."""

from typing import Final

from litestar import Response
from litestar.params import JSONBody

from domain.ids import digest
from query_api import grouping
from query_api.grouping import Merge, Regrouped, Row, Split
from query_api.problems import Code, Problem
from query_api.protocol.wiring import PREFIX, Handles, TheCall, TheDesk
from query_api.queries import grouping as stored
from query_api.queries import targets
from query_api.queries.decisions import decide, decide_all
from query_api.queries.store import Database

PENDING_MS: Final = 10 * 60_000


async def merge(call: TheCall, desk: TheDesk, data: JSONBody[Merge]) -> Response[Regrouped]:
    """Make issues part of another; undone as one."""
    async with desk.store.within(call.projects) as db:
        into = await row_of(db, data.into)
        await stored.lock(db, into.project_id)
        sources = [await row_of(db, given) for given in dict.fromkeys(data.ids)]
        made = grouping.merges(call, data, await stored.with_members(db, sources), into)
        if await stored.ring(db, into, sources, call.at - PENDING_MS):
            raise Problem(Code.CONFLICT, "The target is just being merged into one of these.")
        bulk_id = digest("merge", call.caller.actor, call.key)
        await decide_all(db, call, made, bulk_id)
    answer = Regrouped(command_ids=tuple(one.command.command_id for one in made), bulk_id=bulk_id)
    return Response(answer, status_code=202, headers={"Location": f"{PREFIX}/commands/{bulk_id}/all"})


async def row_of(db: Database, given: str) -> Row:
    return await stored.one(db, (await targets.issue(db, given)).target)


async def split(call: TheCall, desk: TheDesk, data: JSONBody[Split]) -> Response[Regrouped]:
    """Take something out of an issue: keys, a former member, or by what was said or who called."""
    async with desk.store.within(call.seen) as db:
        row = await stored.one(db, call.target)
        await stored.lock(db, row.project_id)
        member = await row_of(db, data.member) if data.member else None
        made = grouping.split(call, data, row, known=await stored.keys(db, row.issue_id), member=member)
        await decide(db, call, made)
    answer = Regrouped(command_ids=(made.command.command_id,))
    return Response(answer, status_code=202, headers={"Location": f"{PREFIX}/commands/{made.command.command_id}"})


HANDLES: Final[Handles] = {"issues_merge": merge, "issues_split": split}
