"""Rules in words: why one was met, why another said nothing."""

from collections.abc import Iterable, Mapping

import msgspec

from domain.conditions import traced
from schemas.issue_changed import Condition, RuleMet
from stream_processors.recurrence.memory import RuleState
from stream_processors.recurrence.programs import FLOOR, Program


def reason(rule: RuleMet) -> str:
    """The conditions that held; filters and floor stand in the trace."""
    held = (one for one in rule.trace if one.passed and not one.name.startswith(("filter ", FLOOR)))
    return "; ".join(worded(condition) for condition in held)


def worded(condition: Condition) -> str:
    """`count 12 >= 10 in 5 min`; a plain yes needs no numbers."""
    if (condition.value, condition.threshold, condition.window_m) == ("1", "1", 0):
        return condition.name
    window = f" in {condition.window_m} min" if condition.window_m else ""
    return f"{condition.name}: {condition.value} >= {condition.threshold}{window}"


class Answer(msgspec.Struct, frozen=True):
    """What a rule said at the last occurrence. Codes: met severity_low scope filter condition (alerting.md 12)."""

    rule_id: str
    code: str
    detail: str = ""


def answers(states: Mapping[str, RuleState], programs: Iterable[Program]) -> tuple[Answer, ...]:
    """Why each rule did or did not speak, as the issue remembers it."""
    return tuple(_answer(states[program.key], program) for program in programs if program.key in states)


def _answer(state: RuleState, program: Program) -> Answer:
    if state.on:
        return Answer(program.rule_id, "met")
    if state.failed <= 0:
        low = state.value < program.floor
        return Answer(program.rule_id, "severity_low" if low else "scope", program.rule.severity_floor if low else "")
    place = state.failed - 1
    if place < len(program.filters):
        filter_ = program.filters[place].filter
        return Answer(program.rule_id, "filter", f"{filter_.field} {filter_.op} {filter_.value}".strip())
    failed = program.conditions[place - len(program.filters) :]
    if not failed:
        return Answer(program.rule_id, "condition", "none")
    check = failed[0]
    return Answer(program.rule_id, "condition", worded(traced(check, state.value)).replace(">=", "<"))
