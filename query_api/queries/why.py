"""The stored chain of reasons of one issue."""

from typing import Final

from query_api.explain import DeliveryRow, KeyRow, RuleRow, StepRow
from query_api.queries.store import Database

KEYS: Final = """
select key, kind, version, opener, why, example_event_id, first_seen_at from issue_keys
where issue_id = %s::uuid order by opener desc, first_seen_at limit 50"""
RULES: Final = """
select at, detail from activity where issue_id = %s::uuid and kind = 'rule_met' order by at desc limit 20"""
STEPS: Final = """
select s.step_id, s.episode_id, s.kind, s.at, s.step->>'reason' as reason, s.step->>'severity' as severity,
    s.step->>'position' as position, d.recipients
from alert_steps s left join decisions d using (step_id)
where s.issue_id = %s::uuid order by s.at desc limit 50"""
DELIVERIES: Final = """
select delivery_id, step_id, recipient, channel, address_hint, state, reason, attempt, decided_at, accepted_at,
    finished_at
from deliveries where episode_id = any (%s::uuid[]) order by decided_at limit 200"""


async def keys(db: Database, issue_id: str) -> list[KeyRow]:
    return await db.rows(KEYS, (issue_id,), KeyRow)


async def rules(db: Database, issue_id: str) -> list[RuleRow]:
    return await db.rows(RULES, (issue_id,), RuleRow)


async def steps(db: Database, issue_id: str) -> tuple[list[StepRow], list[DeliveryRow]]:
    """The newest steps of alerts, oldest first, with what was delivered for them."""
    found = await db.rows(STEPS, (issue_id,), StepRow)
    found.reverse()
    episodes = sorted({row.episode_id for row in found})
    return found, await db.rows(DELIVERIES, (episodes,), DeliveryRow)
