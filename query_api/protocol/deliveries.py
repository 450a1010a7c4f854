"""The ledger of deliveries, and who is on call."""

from typing import Annotated, Final

import msgspec
import zstandard
from litestar import Response
from litestar.params import FromPath, QueryParameter

from domain.recipients import duties
from query_api import cursors
from query_api.cursors import Cursor, query_digest
from query_api.objects import calendar
from query_api.objects.known import Known
from query_api.operating import DeliveryDetail, DeliveryRow, OnCall, OnCalls, Shifts
from query_api.problems import invalid, not_found
from query_api.protocol.history import From, Instant, To
from query_api.protocol.issues import After, Limit
from query_api.protocol.wiring import Handles, TheCall, TheDesk, fresh
from query_api.queries import objects
from query_api.queries import operating as stored
from query_api.queries.issues import fresh_at
from query_api.queries.targets import is_hex32
from query_api.views import DAY_MS, Page
from schemas.kinds import Channel, DeliveryState

END: Final = 2**62
MOST_BYTES: Final = 1_048_576
LONGEST_MS: Final = 92 * DAY_MS
State = Annotated[tuple[DeliveryState, ...], QueryParameter(name="state", description="only in these states")]
Way = Annotated[tuple[Channel, ...], QueryParameter(description="only by these channels")]
Recipient = Annotated[str, QueryParameter(max_length=80, description="person:<id> or channel:<id>")]
OfIssue = Annotated[str, QueryParameter(max_length=32, description="id of an issue")]


async def listed(
    call: TheCall,
    desk: TheDesk,
    *,
    states: State = (),
    channel: Way = (),
    recipient: Recipient = "",
    issue: OfIssue = "",
    limit: Limit = 50,
    cursor: After = "",
) -> Response[Page[DeliveryRow]]:
    """Messages, newest first."""
    if issue and not is_hex32(issue):
        raise invalid("/issue", "an id has 32 hex digits")
    made_by = query_digest("deliveries", *states, "by", *channel, "to", recipient, issue)
    at = cursors.read(cursor, made_by, desk.cursor_key)
    before, after = at.key if at else (END, "")
    wanted = {"states": list(states), "channels": list(channel), "recipient": recipient, "issue": issue}
    async with desk.store.within(call.projects) as db:
        rows = await stored.deliveries(
            db, {**wanted, "projects": list(call.projects), "before": before, "after": after, "limit": limit + 1}
        )
        known = await fresh_at(db)
    more = Cursor(made_by, (rows[limit - 1].decided_at, rows[limit - 1].delivery_id)) if len(rows) > limit else None
    following = cursors.write(more, desk.cursor_key) if more else msgspec.UNSET
    return fresh(Page(items=tuple(rows[:limit]), fresh_at=known, next=following), known)


async def show(call: TheCall, desk: TheDesk, delivery_id: FromPath[str]) -> DeliveryDetail:
    """One message: its attempts, and its text as it was sent."""
    async with desk.store.within(call.projects) as db:
        row = await stored.delivery(db, delivery_id)
        attempts = await stored.attempts(db, delivery_id)
        content = await stored.content(db, delivery_id)
    return DeliveryDetail(delivery=row, attempts=tuple(attempts), text=unpacked(content))


def unpacked(content: bytes | None) -> str:
    if content is None:
        return ""
    return zstandard.ZstdDecompressor().decompress(content, max_output_size=MOST_BYTES).decode("utf-8", "replace")


async def on_call(call: TheCall, desk: TheDesk, *, at: Instant = 0) -> OnCalls:
    """Who has the duty of each schedule, now or at an instant."""
    moment = at or call.at
    async with desk.store.within(call.projects) as db:
        known = Known.of(await objects.snapshot(db), moment)
    found = []
    for key, schedule in sorted(known.directory.schedules.items()):
        duty = duties(key, known.directory, moment)
        found.append(
            OnCall(
                schedule=key,
                name=schedule.name,
                people=tuple(one.person for one in duty),
                why=tuple(one.why for one in duty),
                until=duty[0].until if duty else 0,
            )
        )
    return OnCalls(at=moment, items=tuple(found))


async def shifts(call: TheCall, desk: TheDesk, *, first: From = 0, last: To = 0) -> Shifts:
    """The final line of a schedule: who, from when to when, with its gaps."""
    start = first or call.at
    end = last or start + 14 * DAY_MS
    if not start < end <= start + LONGEST_MS:
        raise invalid("/to", "must lie after from, by at most 92 days")
    key = call.target.removeprefix("schedule:")
    async with desk.store.within(call.projects) as db:
        known = Known.of(await objects.snapshot(db), start)
    if key not in known.directory.schedules:
        raise not_found()
    return Shifts(items=tuple(calendar.shifts(key, known, start, end)))


HANDLES: Final[Handles] = {
    "deliveries_list": listed,
    "deliveries_show": show,
    "oncall_show": on_call,
    "schedule_shifts": shifts,
}
