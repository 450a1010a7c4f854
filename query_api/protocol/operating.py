"""For operators: how far the pipeline is, what became of every event, dead letters, the audit chain."""

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody, QueryParameter

from query_api import cursors, letters
from query_api.calls import Call
from query_api.cursors import Cursor, query_digest
from query_api.letters import Again
from query_api.operating import (
    AuditCheck,
    AuditRow,
    Chosen,
    DeadGroups,
    DeadLetter,
    DeadLetterDetail,
    Handled,
    Minute,
    Outcomes,
    Pipeline,
    Reasons,
)
from query_api.problems import Code, Problem, invalid, not_found
from query_api.protocol.issues import After, Limit
from query_api.protocol.stats import TheScope
from query_api.protocol.wiring import Desk, Handles, TheCall, TheDesk, fresh
from query_api.queries import operating as stored
from query_api.queries.audit import record
from query_api.queries.issues import fresh_at
from query_api.queries.store import Database
from query_api.queries.targets import is_hex32
from query_api.views import Page
from schemas.dead_letter import from_headers

END: Final = 2**62
NO_ID: Final = "0" * 32
Word = Annotated[str, QueryParameter(max_length=80)]
Reason = Annotated[str, QueryParameter(max_length=40, description="only for this reason")]
Stage = Annotated[str, QueryParameter(max_length=40, description="only refused by this service")]
State = Annotated[
    str, QueryParameter(name="state", pattern="^(open|redriven|dropped)$", description="open, redriven, dropped")
]


async def pipeline(call: TheCall, desk: TheDesk) -> Response[Pipeline]:
    """How far the database is behind each topic, and what waits to be published."""
    async with desk.store.within(()) as db:
        known = await fresh_at(db)
        topics = await stored.places(db)
        outbox = await stored.waiting(db)
    behind = max(0, call.at - known) / 1000
    return fresh(Pipeline(fresh_at=known, behind_s=behind, outbox=outbox, topics=tuple(topics)), known)


async def outcomes(desk: TheDesk, counting: TheScope) -> Outcomes:
    """accepted = stored + duplicate + dropped + dead-lettered + in flight, per project and minute."""
    async with desk.store.within(counting.projects) as db:
        rows = await stored.minutes(db, list(counting.projects), counting.first, counting.last)
    names = [name for name in Minute.__struct_fields__ if name not in {"project_id", "minute_at"}]
    sums = {name: sum(getattr(row, name) for row in rows) for name in names}
    return Outcomes(items=tuple(rows), sums=Minute(project_id=0, minute_at=counting.first, **sums))


async def reasons(desk: TheDesk, counting: TheScope) -> Reasons:
    """How events ended, by service and reason."""
    async with desk.store.within(counting.projects) as db:
        return Reasons(items=tuple(await stored.reasons(db, list(counting.projects), counting.first, counting.last)))


async def dead_groups(call: TheCall, desk: TheDesk) -> DeadGroups:
    """Open dead letters by who refused them and why."""
    async with desk.store.within(call.projects) as db:
        return DeadGroups(items=tuple(await stored.groups(db, call.caller.staff)))


async def dead_list(
    call: TheCall,
    desk: TheDesk,
    *,
    reason: Reason = "",
    stage: Stage = "",
    in_state: State = "open",
    limit: Limit = 50,
    cursor: After = "",
) -> Page[DeadLetter]:
    """Dead letters, newest first."""
    made_by = query_digest("dead", reason, stage, in_state)
    at = cursors.read(cursor, made_by, desk.cursor_key)
    before, after = at.key if at else (END, NO_ID)
    wanted = {"reason": reason, "stage": stage, "state": in_state, "staff": call.caller.staff}
    async with desk.store.within(call.projects) as db:
        rows = await stored.letters(db, {**wanted, "before": before, "after": after, "limit": limit + 1})
        known = await fresh_at(db)
    more = Cursor(made_by, (rows[limit - 1].at, rows[limit - 1].dead_id)) if len(rows) > limit else None
    following = cursors.write(more, desk.cursor_key) if more else msgspec.UNSET
    return Page(items=tuple(rows[:limit]), fresh_at=known, next=following)


async def dead_show(call: TheCall, desk: TheDesk, dead_id: FromPath[str]) -> DeadLetterDetail:
    """One dead letter with its scrubbed original; looking leaves a line in the audit log."""
    if not is_hex32(dead_id):
        raise not_found()
    async with desk.store.within(call.projects) as db:
        found = await stored.letter(db, dead_id, call.caller.staff)
        await record(db, call, entity=f"dead_letter:{dead_id}")
    lying = await desk.redriver.fetch(found.dead_partition, found.dead_offset)
    if lying is None:
        return DeadLetterDetail(letter=found)
    detail = from_headers(lying.headers).detail
    return DeadLetterDetail(letter=found, detail=detail, original=letters.printable(lying.value))


async def redrive(call: TheCall, desk: TheDesk, data: JSONBody[Chosen]) -> Response[Handled]:
    """Give originals once more to the service that refused them; each letter goes once."""
    ids = tuple(dict.fromkeys(data.ids))
    async with desk.store.within(call.projects) as db:
        found = [await original(db, call, desk, dead_id) for dead_id in ids]
        records = [one for one in found if one is not None]
        await desk.redriver.publish(records)
        await record(db, call, entity="dead_letters", after={"redriven": list(ids), "note": data.note})
    return Response(Handled(count=len(records)), status_code=202)


async def original(db: Database, call: Call, desk: Desk, dead_id: str) -> Again | None:
    """What is published again; None when the letter was handled before."""
    letter = await stored.letter(db, dead_id, call.caller.staff)
    mark = letters.redrive_id(dead_id, call.key)
    if not await stored.take(db, dead_id, state="redriven", redrive=mark, actor=call.caller.actor, at=call.at):
        return None
    lying = await desk.redriver.fetch(letter.dead_partition, letter.dead_offset)
    if lying is None:
        raise Problem(Code.EXPIRED, f"The original of {dead_id} is no longer kept.")
    return letters.again(lying.headers, lying.value, mark)


async def drop(call: TheCall, desk: TheDesk, data: JSONBody[Chosen]) -> Handled:
    """Give letters up; a note says why."""
    if not data.note.strip():
        raise invalid("/note", "say why")
    ids = tuple(dict.fromkeys(data.ids))
    async with desk.store.within(call.projects) as db:
        taken = 0
        for dead_id in ids:
            await stored.letter(db, dead_id, call.caller.staff)
            taken += await stored.take(db, dead_id, state="dropped", redrive=None, actor=call.caller.actor, at=call.at)
        await record(db, call, entity="dead_letters", after={"dropped": list(ids), "note": data.note})
    return Handled(count=taken)


async def audit(
    call: TheCall,
    desk: TheDesk,
    *,
    actor: Word = "",
    verb: Word = "",
    entity: Word = "",
    limit: Limit = 50,
    cursor: After = "",
) -> Page[AuditRow]:
    """Who did what, newest first."""
    made_by = query_digest("audit", actor, verb, entity)
    at = cursors.read(cursor, made_by, desk.cursor_key)
    wanted = {"actor": actor, "verb": verb, "entity": entity, "before": at.key[0] if at else END}
    async with desk.store.within(call.projects) as db:
        rows = await stored.audit(db, {**wanted, "limit": limit + 1})
        known = await fresh_at(db)
    more = Cursor(made_by, (rows[limit - 1].seq,)) if len(rows) > limit else None
    following = cursors.write(more, desk.cursor_key) if more else msgspec.UNSET
    return Page(items=tuple(rows[:limit]), fresh_at=known, next=following)


async def audit_verify(desk: TheDesk) -> AuditCheck:
    """Recompute the chain of the audit log."""
    async with desk.store.within(()) as db:
        broken = await stored.audit_broken(db)
        rows, head = await stored.audit_head(db)
    return AuditCheck(rows=rows, broken=tuple(broken), head=head)


HANDLES: Final[Handles] = {
    "pipeline_show": pipeline,
    "outcomes_list": outcomes,
    "outcomes_reasons": reasons,
    "dead_groups": dead_groups,
    "dead_list": dead_list,
    "dead_show": dead_show,
    "dead_redrive": redrive,
    "dead_drop": drop,
    "audit_list": audit,
    "audit_verify": audit_verify,
}
