"""Rows for operators: deliveries, outcomes, dead letters, audit."""

from typing import Any, Final, LiteralString

from query_api.operating import (
    Attempt,
    AuditRow,
    DeadGroup,
    DeadLetter,
    DeliveryRow,
    Minute,
    Place,
    ReasonCount,
)
from query_api.queries.store import Database

DELIVERY: Final[LiteralString] = """
select delivery_id, project_id, kind, recipient, channel, address_hint, state, decided_at, issue_id, episode_id,
    step_id, reason, attempt, received_at, accepted_at, finished_at, next_attempt_at, provider_id from deliveries """
DELIVERIES: Final[LiteralString] = (
    DELIVERY
    + """where project_id = any (%(projects)s) and decided_at <= %(before)s
    and (decided_at < %(before)s or delivery_id > %(after)s)
    and (%(states)s::text[] = '{}' or state = any (%(states)s))
    and (%(channels)s::text[] = '{}' or channel = any (%(channels)s))
    and (%(recipient)s = '' or recipient = %(recipient)s)
    and (%(issue)s = '' or issue_id = nullif(%(issue)s, '')::uuid)
order by decided_at desc, delivery_id limit %(limit)s"""
)
ONE_DELIVERY: Final[LiteralString] = DELIVERY + "where delivery_id = %s"
ATTEMPTS: Final = """
select attempt, started_at, ended_at, verdict, code, detail from delivery_attempts
where delivery_id = %s order by attempt"""
MINUTES: Final = """
select project_id, minute_at, accepted, stored, duplicate, dropped, dead_letter, refused, in_flight
from loss_accounting where project_id = any (%s) and minute_at >= %s and minute_at < %s
order by minute_at desc, project_id limit 1500"""
REASONS: Final = """
select stage, reason, sum(events)::bigint as events from outcomes
where project_id = any (%s) and minute_at >= %s and minute_at < %s group by 1, 2 order by 3 desc"""
PLACES: Final = "select topic, fresh_at, updated_at, partitions from pipeline_freshness order by topic"
LETTER: Final[LiteralString] = """
select dead_id, project_id, source_topic, source_partition, source_offset, dead_partition, dead_offset, stage, reason,
    at, state, redrive_id, handled_by, handled_at from dead_letters
where (project_id is not null or %(staff)s) """
LETTERS: Final[LiteralString] = (
    LETTER
    + """and state = %(state)s and (%(reason)s = '' or reason = %(reason)s) and (%(stage)s = '' or stage = %(stage)s)
    and at <= %(before)s and (at < %(before)s or dead_id > %(after)s::uuid)
order by at desc, dead_id limit %(limit)s"""
)
ONE_LETTER: Final[LiteralString] = LETTER + "and dead_id = %(dead)s::uuid"
GROUPS: Final = """
select stage, reason, count(*) as letters, max(at) as newest_at from dead_letters
where state = 'open' and (project_id is not null or %s) group by 1, 2 order by 3 desc limit 200"""
TAKE: Final = """
update dead_letters set state = %s, redrive_id = %s, handled_by = %s, handled_at = %s
where dead_id = %s::uuid and state = 'open'"""
AUDIT: Final[LiteralString] = """
select seq, at, actor, verb, entity, before, after, request_id from audit
where seq < %(before)s and (%(actor)s = '' or actor = %(actor)s) and (%(verb)s = '' or verb = %(verb)s)
    and (%(entity)s = '' or entity = %(entity)s)
order by seq desc limit %(limit)s"""
Params = dict[str, Any]


async def deliveries(db: Database, params: Params) -> list[DeliveryRow]:
    return await db.rows(DELIVERIES, params, DeliveryRow)


async def delivery(db: Database, delivery_id: str) -> DeliveryRow:
    return await db.one(ONE_DELIVERY, (delivery_id,), DeliveryRow)


async def attempts(db: Database, delivery_id: str) -> list[Attempt]:
    return await db.rows(ATTEMPTS, (delivery_id,), Attempt)


async def content(db: Database, delivery_id: str) -> bytes | None:
    found = await db.value("select content from deliveries where delivery_id = %s", (delivery_id,))
    return None if found is None else bytes(found)


async def minutes(db: Database, projects: list[int], first: int, last: int) -> list[Minute]:
    return await db.rows(MINUTES, (projects, first, last), Minute)


async def reasons(db: Database, projects: list[int], first: int, last: int) -> list[ReasonCount]:
    return await db.rows(REASONS, (projects, first, last), ReasonCount)


async def places(db: Database) -> list[Place]:
    return await db.rows(PLACES, (), Place)


async def waiting(db: Database) -> int:
    return int(await db.value("select count(*) from outbox"))


async def letters(db: Database, params: Params) -> list[DeadLetter]:
    return await db.rows(LETTERS, params, DeadLetter)


async def letter(db: Database, dead_id: str, staff: bool) -> DeadLetter:
    return await db.one(ONE_LETTER, {"dead": dead_id, "staff": staff}, DeadLetter)


async def groups(db: Database, staff: bool) -> list[DeadGroup]:
    return await db.rows(GROUPS, (staff,), DeadGroup)


async def take(db: Database, dead_id: str, *, state: str, redrive: str | None, actor: str, at: int) -> bool:
    """Whether it was open: a letter is handled once."""
    return bool(await db.run(TAKE, (state, redrive, actor, at, dead_id)))


async def audit(db: Database, params: Params) -> list[AuditRow]:
    return await db.rows(AUDIT, params, AuditRow)


async def audit_broken(db: Database) -> list[int]:
    cursor = await db.connection.execute("select audit_broken() as seq limit 1000")
    return [int(row["seq"]) for row in await cursor.fetchall()]


async def audit_head(db: Database) -> tuple[int, str]:
    cursor = await db.connection.execute("select seq, encode(hash, 'hex') as hash from audit order by seq desc limit 1")
    found = await cursor.fetchone()
    return (int(found["seq"]), str(found["hash"])) if found else (0, "")
