"""An alert rule made ready to run: cheap checks first (alerting.md 5)."""

from operator import attrgetter
from typing import Final, TypeAlias

import msgspec

from domain import conditions, filters
from domain.facts import Facts
from domain.filters import Holds
from schemas.issue_changed import Condition
from schemas.kinds import SEVERITY_NUMBER
from schemas.settings.alerting import RuleSettings

Tested: TypeAlias = tuple[int, float]  # the check that said no, and its value

MET: Final[Tested] = (-1, 0.0)
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
    tests: tuple[Holds, ...]  # of the filters
    conditions: tuple[conditions.Check, ...]
    enough: bool  # one condition is


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
        tests=tuple(check.holds for check in checks),
        conditions=tuple(conditions.compiled(condition) for condition in rule.conditions),
        enough=rule.when != "all",
    )


def tested(program: Program, facts: Facts, severity: int) -> Tested:
    """Stops at the first check that decides: scope and floor are check 0, filters follow from 1, then conditions."""
    if severity < program.floor or program.pulse is not facts.pulse:
        return 0, severity
    refused = _filtered(program, facts) if program.filters else 0
    return (refused, 0.0) if refused else _conditions(program, facts)


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
    if program.rule.filters_match == "any":
        return 0 if any(holds(facts) for holds in program.tests) else 1
    wanted = program.rule.filters_match != "none"
    for number, holds in enumerate(program.tests, 1):
        if holds(facts) is not wanted:
            return number
    return 0


def _conditions(program: Program, facts: Facts) -> Tested:
    """`any`: met by one; otherwise the first that fails decides. A rule without conditions is never met."""
    number = 1 + len(program.filters)
    failed, enough = (number, 0.0), program.enough
    for check in program.conditions:
        value = check.measure(check.condition, facts)
        if value >= check.threshold:
            if enough:
                return MET
            failed = MET
        else:
            failed = (number, value)
            if not enough:
                return failed
        number += 1
    return failed


def _shown(check: filters.Check, facts: Facts) -> Condition:
    filter_ = check.filter
    return Condition(
        name=f"filter {filter_.field}",
        value=check.shown(facts)[:200],
        threshold=f"{filter_.op} {filter_.value}".strip(),
        passed=check.holds(facts),
    )
