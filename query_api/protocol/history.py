"""The history of one issue."""

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.params import QueryParameter

from query_api import cursors, history
from query_api.calls import Call
from query_api.cursors import Cursor, query_digest
from query_api.history import (
    Entry,
    EntryKind,
    Episode,
    Episodes,
    SeenIn,
    Tags,
    Trend,
    UserHit,
    Users,
)
from query_api.problems import invalid, not_found
from query_api.protocol.issues import After, Limit
from query_api.protocol.wiring import Handles, TheCall, TheDesk, fresh
from query_api.queries import history as stored
from query_api.queries import issues
from query_api.queries.issues import fresh_at
from query_api.views import DAY_MS, HOUR_MS, Page

Instant = Annotated[int, QueryParameter(ge=0, le=2**53, description="ms since 1970, UTC")]
From = Annotated[int, QueryParameter(name="from", ge=0, le=2**53, description="ms since 1970, UTC; 0: a day ago")]
To = Annotated[int, QueryParameter(name="to", ge=0, le=2**53, description="ms since 1970, UTC; 0: now")]
MOST_DAYS: Final = 400
MOST_HOURS: Final = 24 * 35
LOOKED_AT: Final = 1_000
END: Final = 2**62


async def timeline(call: TheCall, desk: TheDesk, *, limit: Limit = 50, cursor: After = "") -> Response[Page[Entry]]:
    """Changes, comments, alert steps and deliveries in one order, newest first."""
    made_by = query_digest("timeline", call.target)
    at = cursors.read(cursor, made_by, desk.cursor_key)
    before, after = at.key if at else (END, "")
    async with desk.store.within(call.seen) as db:
        found = [await stored.entries(db, kind, call.target, before=int(before), limit=limit + 1) for kind in EntryKind]
        known = await fresh_at(db)
    behind = [[entry for entry in one if (-entry.at, entry.id) > (-int(before), str(after))] for one in found]
    page = history.merged(behind, limit)
    full = sum(map(len, behind)) > limit
    more = Cursor(made_by, (page[-1].at, page[-1].id)) if full else None
    following = cursors.write(more, desk.cursor_key) if more else msgspec.UNSET
    return fresh(Page(items=tuple(page), fresh_at=known, next=following), known)


def span_of(call: Call, first: int, last: int, usual_ms: int) -> tuple[int, int]:
    """`from` and `to` with their defaults; 400 when they do not fit."""
    end = last or call.at
    start = first or end - usual_ms
    if start >= end:
        raise invalid("/from", "from must lie before to")
    if end - start > MOST_DAYS * DAY_MS:
        raise invalid("/from", f"at most {MOST_DAYS} days")
    return start, end


async def trend(call: TheCall, desk: TheDesk, *, first: From = 0, last: To = 0) -> Response[Trend]:
    """Events per hour (up to 35 days) or day, with releases and alerts marked."""
    start, end = span_of(call, first, last, DAY_MS)
    hourly = (end - start) // HOUR_MS <= MOST_HOURS
    async with desk.store.within(call.seen) as db:
        if hourly:
            points = history.by_hour(await stored.hours(db, call.target, start, end), start, end)
        else:
            points = history.by_day(await stored.days(db, call.target, start, end), start, end)
        marks = await stored.marks(db, call.target, start, end)
        known = await fresh_at(db)
    step = HOUR_MS if hourly else DAY_MS
    return fresh(Trend(step_ms=step, points=points, marks=tuple(marks)), known)


async def tags(call: TheCall, desk: TheDesk) -> Tags:
    """Which values its tags had, over the newest thousand events."""
    async with desk.store.within(call.seen) as db:
        row = await issues.one(db, call.target)
        found = await stored.newest_tags(db, call.target, (row.first_seen_at, row.last_seen_at), LOOKED_AT)
    return Tags(items=history.shares(found), of=len(found))


async def users(call: TheCall, desk: TheDesk) -> Users:
    """Who was hit, as keyed digests, over the newest thousand events."""
    async with desk.store.within(call.seen) as db:
        row = await issues.one(db, call.target)
        found = await stored.users(db, call.target, (row.first_seen_at, row.last_seen_at), LOOKED_AT)
    hits = tuple(
        UserHit(user=(one.user_hash % 2**64).to_bytes(8, "big").hex(), events=one.events, last_at=one.last_at)
        for one in found
    )
    return Users(items=hits, of=min(LOOKED_AT, row.times_seen))


async def seen_in(call: TheCall, desk: TheDesk) -> SeenIn:
    """Releases and environments it occurred in."""
    async with desk.store.within(call.seen) as db:
        releases = await stored.releases(db, call.target)
        return SeenIn(releases=tuple(releases), environments=tuple(await stored.environments(db, call.target)))


async def list_episodes(call: TheCall, desk: TheDesk) -> Episodes:
    """Its firing periods, newest first."""
    async with desk.store.within(call.seen) as db:
        return Episodes(items=tuple(await stored.episodes(db, call.target)))


async def show_episode(call: TheCall, desk: TheDesk) -> Episode:
    """One firing period."""
    async with desk.store.within(call.seen) as db:
        found = await stored.one_episode(db, call.target)
    if found is None:
        raise not_found()
    return found


HANDLES: Final[Handles] = {
    "issues_timeline": timeline,
    "issues_trend": trend,
    "issues_tags": tags,
    "issues_users": users,
    "issues_releases": seen_in,
    "issues_episodes": list_episodes,
    "episodes_show": show_episode,
}
