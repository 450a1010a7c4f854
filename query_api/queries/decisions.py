"""Commands: stored once, published by the trigger, answered by a stage."""

from collections.abc import Sequence
from typing import Final

import msgspec

from query_api.calls import Call
from query_api.commands import AnyCommand, Made, same_decision
from query_api.problems import Code, Problem
from query_api.queries.audit import record
from query_api.queries.store import Database
from query_api.views import View

INSERT: Final = """
insert into commands (command_id, project_id, issue_id, topic, kind, actor, body, bulk_id, at)
values (%s, %s, %s::uuid, %s, %s, %s, %s::jsonb, %s, %s) on conflict (command_id) do nothing"""
STATE: Final = """
select c.command_id, c.project_id, c.issue_id, c.kind, c.actor, c.at, r.applied, r.reason, r.at as answered_at,
    r.change_id, c.bulk_id,
    exists (select from outbox o where o.topic = c.topic and o.value->>'command_id' = c.command_id) as waiting
from commands c left join command_results r using (command_id) """
ONE: Final = STATE + "where c.command_id = %s"
OF_BULK: Final = STATE + "where c.bulk_id = %s order by c.command_id limit 1000"
BODIES: Final = "select body from commands where command_id = %s or bulk_id = %s order by command_id limit 1000"
BODY: Final = "select body from commands where command_id = %s"


class StateRow(msgspec.Struct, frozen=True, kw_only=True):
    command_id: str
    project_id: int
    issue_id: str | None
    kind: str
    actor: str
    at: int
    applied: bool | None
    reason: str | None
    answered_at: int | None
    change_id: str | None
    bulk_id: str | None
    waiting: bool


class CommandState(View, frozen=True, kw_only=True):
    """`state`: queued, published, applied, unchanged, refused (with `reason`)."""

    command_id: str
    state: str
    kind: str
    actor: str
    at: int
    issue_id: str = ""
    reason: str = ""
    answered_at: int = 0
    change_id: str = ""
    bulk_id: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a decision: ask `/commands/{command_id}` what became of it."""

    command_id: str
    state: str


async def decide(db: Database, call: Call, made: Made) -> bool:
    """Store the command and its audit row; False when the same was decided before with this key."""
    new = await keep(db, made, None)
    if new:
        await record(db, call, entity=f"issue:{made.command.issue_id}", after=made.command)
    return new


async def decide_all(db: Database, call: Call, made: Sequence[Made], bulk_id: str) -> int:
    """Many at once, with one audit row; returns how many were new."""
    new = sum([await keep(db, one, bulk_id) for one in made])
    if new:
        issues = [one.command.issue_id for one in made]
        await record(db, call, entity=f"bulk:{bulk_id}", after={"kind": made[0].command.kind, "issues": issues})
    return new


async def keep(db: Database, made: Made, bulk_id: str | None) -> bool:
    command = made.command
    body = msgspec.json.encode(command).decode()
    stored = await db.run(
        INSERT,
        (
            *(command.command_id, command.project_id, command.issue_id, made.topic, str(command.kind)),
            *(command.actor, body, bulk_id, command.at),
        ),
    )
    if stored:
        return True
    before = await db.value(BODY, (command.command_id,))
    if not same_decision(msgspec.convert(before, AnyCommand), command):
        raise Problem(Code.KEY_REUSED)
    return False


async def state(db: Database, command_id: str) -> CommandState:
    return shown(await db.one(ONE, (command_id,), StateRow))


async def states(db: Database, bulk_id: str) -> list[CommandState]:
    return [shown(row) for row in await db.rows(OF_BULK, (bulk_id,), StateRow)]


async def of_bulk(db: Database, command_id: str) -> list[AnyCommand]:
    """The commands behind the id of one or of a bulk."""
    cursor = await db.connection.execute(BODIES, (command_id, command_id))
    return msgspec.convert([row["body"] for row in await cursor.fetchall()], list[AnyCommand])


def shown(row: StateRow) -> CommandState:
    return CommandState(
        command_id=row.command_id,
        state=state_word(row),
        kind=row.kind,
        actor=row.actor,
        at=row.at,
        issue_id=row.issue_id or "",
        reason=row.reason or "",
        answered_at=row.answered_at or 0,
        change_id=row.change_id or "",
        bulk_id=row.bulk_id or "",
    )


def state_word(row: StateRow) -> str:
    if row.applied is None:
        return "queued" if row.waiting else "published"
    if row.applied:
        return "applied"
    return "unchanged" if row.reason == "already" else "refused"
