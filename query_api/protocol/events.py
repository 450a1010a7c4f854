"""Events across issues; what stands beside one; the original, and the request behind it."""

from typing import Final

import msgspec
from litestar import Response

from query_api import curl, cursors
from query_api.calls import Call
from query_api.cursors import Cursor, query_digest
from query_api.problems import Code, Problem, invalid, not_found
from query_api.protocol.history import From, To, span_of
from query_api.protocol.issues import After, Limit, Query
from query_api.protocol.wiring import Desk, Handles, TheCall, TheDesk, fresh
from query_api.queries import events as stored
from query_api.queries import issues, targets
from query_api.queries.audit import record
from query_api.queries.people import asker
from query_api.queries.store import Database
from query_api.queries.targets import is_hex32
from query_api.search.clauses import Asker
from query_api.search.event_filters import EventQuery, read
from query_api.search.grammar import BadQuery
from query_api.views import DAY_MS, Occurrence, Page, View, occurrence
from schemas.error_event import ErrorEvent

LONGEST_MS: Final = 90 * DAY_MS


class Beside(View, frozen=True, kw_only=True):
    """Refs of the events next to it in its issue; absent at the ends."""

    newer: str = ""
    older: str = ""


class CurlCommand(msgspec.Struct, frozen=True, kw_only=True):
    command: str


async def listed(
    call: TheCall,
    desk: TheDesk,
    *,
    asking: Query = "",
    first: From = 0,
    last: To = 0,
    limit: Limit = 50,
    cursor: After = "",
) -> Response[Page[Occurrence]]:
    """Events within a span of at most 90 days (the last day by default) that a query asks for, newest first."""
    start, end = span_of(call, first, last, DAY_MS)
    if end - start > LONGEST_MS:
        raise invalid("/from", "at most 90 days")
    made_by = query_digest("events", asking, str(first), str(last))
    at = cursors.read(cursor, made_by, desk.cursor_key)
    high, after = at.key if at else (end, stored.NO_ID)
    async with desk.store.within(call.projects) as db:
        asked = asked_for(asking, await asker(db, call))
        span = stored.Span(projects=call.projects, first=start, last=int(high), after=str(after), limit=limit + 1)
        rows = await stored.find(db, asked, span, issue_ids=await ids_of(db, asked), master=desk.master)
        known = await issues.fresh_at(db)
    more = Cursor(made_by, (rows[limit - 1].received_at, rows[limit - 1].event_id)) if len(rows) > limit else None
    following = cursors.write(more, desk.cursor_key) if more else msgspec.UNSET
    items = tuple(occurrence(row) for row in rows[:limit])
    return fresh(Page(items=items, fresh_at=known, next=following), known)


def asked_for(query: str, who: Asker) -> EventQuery:
    try:
        asked = read(query, who)
    except BadQuery as error:
        raise Problem(Code.BAD_QUERY, error.flaw.message, (error.flaw,)) from error
    if not all(is_hex32(event) for event in asked.events):
        raise Problem(Code.BAD_QUERY, "an event id has 32 hex digits")
    return asked


async def ids_of(db: Database, asked: EventQuery) -> list[str]:
    return [(await targets.issue(db, given)).target for given in asked.issues]


async def beside(call: TheCall, desk: TheDesk) -> Beside:
    """The next newer and the next older event of the same issue."""
    async with desk.store.within(call.seen) as db:
        row = await issues.occurrence(db, call.project_id, call.target)
        of = await issues.one(db, row.issue_id)
        found = await stored.neighbours(db, row, of.first_seen_at, of.last_seen_at)
    refs = {side: f"{call.project_id}:{event}" for side, event in found.items()}
    return Beside(newer=refs.get("newer", ""), older=refs.get("older", ""))


async def raw(call: TheCall, desk: TheDesk) -> Response[ErrorEvent]:
    """The event as it was stored, for a program; looking leaves a line in the audit log."""
    event = await looked_at(call, desk)
    name = f'attachment; filename="{call.target}.json"'
    return Response(event, headers={"Content-Disposition": name})


async def as_curl(call: TheCall, desk: TheDesk) -> CurlCommand:
    """The request behind the event as a shell command; secrets stay placeholders."""
    command = curl.command(await looked_at(call, desk))
    if not command:
        raise not_found()
    return CurlCommand(command=command)


async def looked_at(call: Call, desk: Desk) -> ErrorEvent:
    async with desk.store.within(call.seen) as db:
        await issues.occurrence(db, call.project_id, call.target)
        await record(db, call, entity=f"event:{call.project_id}:{call.target}")
    found = await desk.documents.event(call.project_id, call.target)
    if found is None:
        raise Problem(Code.EXPIRED, "The event was counted; its document is no longer kept.")
    return found.event


HANDLES: Final[Handles] = {
    "events_list": listed,
    "events_beside": beside,
    "events_raw": raw,
    "events_curl": as_curl,
}
