"""Conditions of alert rules: what is measured, and from which value on it is met (alerting.md 5).

Thresholds are >=, never >. A kind that nobody knows is never met.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from domain.facts import Facts
from schemas.issue_changed import Condition
from schemas.kinds import SEVERITY_NUMBER, Severity
from schemas.settings.alerting import RuleCondition

Measure: TypeAlias = Callable[[RuleCondition, Facts], float]

NEVER: Final = float("inf")
LARGEST_USERS: Final = 256  # users seen last that an issue keeps
LONGEST_MINUTES: Final = 90 * 1440
AGAINST: Final = frozenset({"previous", "yesterday", "last_week"})


class Check(msgspec.Struct, frozen=True):
    """One compiled condition."""

    condition: RuleCondition
    measure: Measure
    threshold: float

    def value(self, facts: Facts) -> float:
        return self.measure(self.condition, facts)


def compiled(condition: RuleCondition) -> Check:
    """The check of one condition; met where its value is not below its threshold."""
    measure = MEASURES.get(condition.kind)
    if measure is None:
        return Check(condition, _nothing, NEVER)
    return Check(condition, measure, float(THRESHOLDS.get(condition.kind, _one)(condition)))


def refused(condition: RuleCondition) -> str:
    """Why such a condition must not be saved; empty when it may."""
    match condition.kind:
        case "count" | "absent" | "rate" if not 1 <= condition.window_m <= LONGEST_MINUTES:
            return f"{condition.kind}: window must be 1 to {LONGEST_MINUTES} minutes"
        case "users" if condition.n > LARGEST_USERS:
            return f"users: at most {LARGEST_USERS} are counted exactly within a window"
        case "rate" if condition.against not in AGAINST or condition.factor <= 0:
            return "rate: needs a positive factor against previous, yesterday or last_week"
        case kind if kind not in MEASURES:
            return f"unknown condition {kind}"
        case _:
            return ""


def traced(check: Check, value: float) -> Condition:
    """The evaluation in words."""
    threshold = "never" if check.threshold == NEVER else _number(check.threshold)
    return Condition(
        name=_name(check.condition),
        value=_number(value),
        threshold=threshold,
        window_m=check.condition.window_m,
        passed=value >= check.threshold,
    )


def _name(condition: RuleCondition) -> str:
    match condition.kind:
        case "severity":
            return f"severity {condition.severity or Severity.LOW}"
        case "anomaly":
            return f"anomaly {condition.verdict or 'E'}"
        case "rate":
            return f"rate x{condition.factor:g} against {condition.against}"
        case "milestone":
            return f"milestone {condition.milestone}"
        case kind:
            return kind


def _number(value: float) -> str:
    return f"{value:g}" if value != int(value) else str(int(value))


def _nothing(condition: RuleCondition, facts: Facts) -> float:
    return 0


def _new(condition: RuleCondition, facts: Facts) -> float:
    return facts.born


def _regressed(condition: RuleCondition, facts: Facts) -> float:
    return facts.regressed


def _woke(condition: RuleCondition, facts: Facts) -> float:
    return facts.woke


def _milestone(condition: RuleCondition, facts: Facts) -> float:
    return condition.milestone in facts.milestones


def _severity(condition: RuleCondition, facts: Facts) -> float:
    return SEVERITY_NUMBER[facts.severity]


def _count(condition: RuleCondition, facts: Facts) -> float:
    return facts.windows.count(condition.window_m)


def _users(condition: RuleCondition, facts: Facts) -> float:
    return facts.windows.users(condition.window_m)


def _rate(condition: RuleCondition, facts: Facts) -> float:
    """How many times the earlier window; nothing below the floor `n`. From nothing, any growth is boundless."""
    count = facts.windows.count(condition.window_m)
    if count < max(condition.n, 1):
        return 0
    earlier = facts.windows.earlier(condition.window_m, condition.against)
    return count / earlier if earlier else count * condition.factor


def _anomaly(condition: RuleCondition, facts: Facts) -> float:
    return facts.anomaly


def _absent(condition: RuleCondition, facts: Facts) -> float:
    """Only a pulse reports zeros; one younger than the window says nothing."""
    old_enough = facts.at - facts.first_seen_at >= condition.window_m * 60_000
    return facts.pulse and old_enough and facts.windows.count(condition.window_m) == 0


def _one(condition: RuleCondition) -> float:
    return 1


MEASURES: Final[Mapping[str, Measure]] = {
    "new": _new,
    "regressed": _regressed,
    "woke": _woke,
    "milestone": _milestone,
    "severity": _severity,
    "count": _count,
    "users": _users,
    "rate": _rate,
    "anomaly": _anomaly,
    "absent": _absent,
}
THRESHOLDS: Final[Mapping[str, Callable[[RuleCondition], float]]] = {
    "severity": lambda condition: SEVERITY_NUMBER[condition.severity or Severity.LOW],
    "count": lambda condition: max(condition.n, 1),
    "users": lambda condition: max(condition.n, 1),
    "rate": lambda condition: condition.factor,
    "anomaly": lambda condition: 1 if condition.verdict == "D" else 2,
}
