"""Issues: the list, one, its occurrences, a full event."""

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.params import FromPath, QueryParameter

from query_api import cursors
from query_api.cursors import Cursor, query_digest
from query_api.problems import Code, Problem, not_found
from query_api.protocol.wiring import Handles, TheCall, TheDesk, fresh
from query_api.queries import issues as stored
from query_api.queries.lists import NO_ID, Walk, find
from query_api.queries.people import asker
from query_api.search.clauses import Asker
from query_api.search.filters import IssueQuery, read
from query_api.search.grammar import BadQuery
from query_api.sorts import KEYS, IssueSort
from query_api.views import Issue, IssueRow, Occurrence, Page, issue, occurrence
from schemas.error_event import ErrorEvent

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="rows of a page")]
After = Annotated[str, QueryParameter(max_length=1_000, description="`next` of the page before")]
NEWEST: Final = IssueSort.LAST_SEEN
Query = Annotated[str, QueryParameter(name="query", max_length=500, description="search language: docs/api.md")]
Sort = Annotated[IssueSort, QueryParameter(description="one of a closed set, descending")]


async def list_issues(
    call: TheCall,
    desk: TheDesk,
    *,
    asking: Query = "",
    sort: Sort = IssueSort.LAST_SEEN,
    limit: Limit = 50,
    cursor: After = "",
) -> Response[Page[Issue]]:
    """Issues within my reach that a query asks for; without one, open ones. Newest first."""
    made_by = query_digest("issues", asking, sort)
    at = cursors.read(cursor, made_by, desk.cursor_key)
    before, after = at.key if at else (KEYS[sort].start, NO_ID)
    async with desk.store.within(call.seen) as db:
        asked = asked_for(asking, await asker(db, call))
        walk = Walk(
            projects=call.projects, asked=asked, sort=sort, before=int(before), after=str(after), limit=limit + 1
        )
        rows = await find(db, walk)
        page = rows[:limit]
        around = await stored.around(db, [row.issue_id for row in page], call.at)
        fresh_at = await stored.fresh_at(db)
    more = Cursor(made_by, (sort_key(page[-1], sort), page[-1].issue_id)) if len(rows) > limit else None
    content = Page(
        items=tuple(issue(row, around) for row in page),
        fresh_at=fresh_at,
        next=cursors.write(more, desk.cursor_key) if more else msgspec.UNSET,
    )
    return fresh(content, fresh_at)


def asked_for(query: str, who: Asker) -> IssueQuery:
    try:
        return read(query, who)
    except BadQuery as error:
        raise Problem(Code.BAD_QUERY, error.flaw.message, (error.flaw,)) from error


def sort_key(row: IssueRow, sort: IssueSort) -> int:
    return int(getattr(row, KEYS[sort].column))


async def show_issue(call: TheCall, desk: TheDesk) -> Response[Issue]:
    """One issue, by its id or by its short id (`SHOP-1432`)."""
    async with desk.store.within(call.seen) as db:
        row = await stored.one(db, call.target)
        around = await stored.around(db, [row.issue_id], call.at)
        fresh_at = await stored.fresh_at(db)
    return fresh(issue(row, around), fresh_at, {"ETag": f'W/"{row.seq}-{row.times_seen}"'})


async def list_occurrences(
    call: TheCall, desk: TheDesk, *, limit: Limit = 50, cursor: After = ""
) -> Response[Page[Occurrence]]:
    """Events of one issue, newest first."""
    query = query_digest("occurrences", call.target)
    at = cursors.read(cursor, query, desk.cursor_key)
    async with desk.store.within(call.seen) as db:
        row = await stored.one(db, call.target)
        last, after = at.key if at else (row.last_seen_at, NO_ID)
        span = stored.Span(
            issue=row.issue_id, first=row.first_seen_at, last=int(last), after=str(after), limit=limit + 1
        )
        rows = await stored.occurrences(db, span)
        fresh_at = await stored.fresh_at(db)
    page = rows[:limit]
    more = Cursor(query, (page[-1].received_at, page[-1].event_id)) if len(rows) > limit else None
    content = Page(
        items=tuple(occurrence(found, row.title) for found in page),
        fresh_at=fresh_at,
        next=cursors.write(more, desk.cursor_key) if more else msgspec.UNSET,
    )
    return fresh(content, fresh_at)


async def show_event(call: TheCall, desk: TheDesk, which: FromPath[str]) -> Response[ErrorEvent]:
    """The full event: `latest`, `oldest`, or by its id."""
    async with desk.store.within(call.seen) as db:
        row = await stored.one(db, call.target)
        event_id = await stored.event_of(db, row, which)
    return await document(desk, row.project_id, event_id)


async def document(desk: TheDesk, project_id: int, event_id: str) -> Response[ErrorEvent]:
    found = await desk.documents.event(project_id, event_id)
    if found is None:
        raise Problem(Code.EXPIRED, "The event was counted; its document is no longer kept.")
    headers = {"ETag": f'W/"{event_id}"'}
    if found.missing:
        headers["Gregor-Missing-Stacks"] = str(found.missing)
    return Response(found.event, headers=headers)


async def show_occurrence(call: TheCall, desk: TheDesk) -> Response[ErrorEvent]:
    """The full event behind a `ref` (`<project>:<event id>`)."""
    async with desk.store.within(call.seen) as db:
        if not await stored.event_known(db, call.project_id, call.target):
            raise not_found()
    return await document(desk, call.project_id, call.target)


HANDLES: Final[Handles] = {
    "issues_list": list_issues,
    "issues_show": show_issue,
    "issues_occurrences": list_occurrences,
    "issues_event": show_event,
    "occurrences_show": show_occurrence,
}
