"""A rule that was met, in one line for people."""

from schemas.issue_changed import Condition, RuleMet
from stream_processors.recurrence.programs import FLOOR


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
