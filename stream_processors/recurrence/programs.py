"""An alert rule made ready to run: cheap checks first (alerting.md 5)."""

from operator import attrgetter
from typing import Final

import msgspec

from domain import conditions, filters
from domain.facts import Facts
from schemas.issue_changed import Condition
from schemas.kinds import SEVERITY_NUMBER
from schemas.settings.alerting import RuleSettings

PASSED: Final = -1
FLOOR: Final = "severity_floor"
SCOPE: Final = "scope"


class Program(msgspec.Struct, frozen=True):
    """`key` is the id within the project, under which an issue remembers the rule."""

    key: str
    rule_id: str
    version: int
    rule: RuleSettings
    pulse: bool
    floor: int
    filters: tuple[filters.Check, ...]
    conditions: tuple[conditions.Check, ...]


class Tested(msgspec.Struct, frozen=True):
    """`failed` numbers the check that said no: scope and floor 0, filters from 1, conditions after them."""

    failed: int
    value: float = 0.0


MET: Final = Tested(PASSED)


def programmed(key: str, rule_id: str, version: int, rule: RuleSettings) -> Program:
    checks = sorted((filters.compiled(filter_) for filter_ in rule.filters), key=attrgetter("cost"))
    return Program(
        key=key,
        rule_id=rule_id,
        version=version,
        rule=rule,
        pulse=rule.scope == "pulse",
        floor=SEVERITY_NUMBER[rule.severity_floor],
        filters=tuple(checks),
        conditions=tuple(conditions.compiled(condition) for condition in rule.conditions),
    )


def tested(program: Program, facts: Facts) -> Tested:
    """Stops at the first check that decides."""
    severity = SEVERITY_NUMBER[facts.severity]
    if severity < program.floor or program.pulse is not facts.pulse:
        return Tested(0, severity)
    refused = _filtered(program, facts)
    if refused:
        return Tested(refused)
    return _conditions(program, facts)


def traced(program: Program, facts: Facts) -> tuple[Condition, ...]:
    """Every check of a rule in order, with what was compared; for the record of a rule that was met."""
    floor = Condition(
        name=FLOOR,
        value=facts.severity,
        threshold=program.rule.severity_floor,
        passed=SEVERITY_NUMBER[facts.severity] >= program.floor,
    )
    measured = (conditions.traced(check, check.value(facts)) for check in program.conditions)
    return (floor, *(_shown(check, facts) for check in program.filters), *measured)


def _filtered(program: Program, facts: Facts) -> int:
    """The filter that refuses, counted from 1; 0: none does."""
    match program.rule.filters_match:
        case "any":
            return 1 if program.filters and not any(check.holds(facts) for check in program.filters) else 0
        case "none":
            wanted = False
        case _:
            wanted = True
    for number, check in enumerate(program.filters, 1):
        if check.holds(facts) is not wanted:
            return number
    return 0


def _conditions(program: Program, facts: Facts) -> Tested:
    """`any`: met by one; otherwise the first that fails decides. A rule without conditions is never met."""
    first = 1 + len(program.filters)
    failed = Tested(first)
    enough = program.rule.when != "all"
    for number, check in enumerate(program.conditions, first):
        value = float(check.measure(check.condition, facts))
        if value >= check.threshold:
            if enough:
                return MET
            failed = MET
        elif not enough:
            return Tested(number, value)
        else:
            failed = Tested(number, value)
    return failed


def _shown(check: filters.Check, facts: Facts) -> Condition:
    filter_ = check.filter
    return Condition(
        name=f"filter {filter_.field}",
        value=check.shown(facts)[:200],
        threshold=f"{filter_.op} {filter_.value}".strip(),
        passed=check.holds(facts),
    )
