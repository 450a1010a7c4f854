"""Settings in plain words: what a person reads before saving."""

from collections.abc import Callable
from typing import Final

from domain.matchers import shown
from query_api.search.instants import iso
from schemas.record import Part
from schemas.settings.alerting import Matcher, Policy, RouteSettings, RuleCondition, RuleSettings, SilenceSettings

CHANGES: Final = {
    "new": "an issue is new",
    "regressed": "a resolved issue comes back",
    "woke": "a snoozed or ignored issue wakes",
    "milestone": "an issue reaches a milestone",
}


def condition(said: RuleCondition) -> str:
    match said.kind:
        case "severity":
            return f"its severity reaches {said.severity}"
        case "count":
            return f"it occurs {said.n} times within {minutes(said.window_m)}"
        case "users":
            return f"it hits {said.n} people within {minutes(said.window_m)}"
        case "rate":
            return f"it occurs {said.factor:g} times as often as {said.against} within {minutes(said.window_m)}"
        case "anomaly":
            return f"its rate is unusual (verdict {said.verdict or 'E'})"
        case "absent":
            return f"nothing arrives for {minutes(said.window_m)}"
        case _:
            return CHANGES.get(said.kind, said.kind)


def minutes(count: int) -> str:
    if count % 1440 == 0 and count:
        return f"{count // 1440} d"
    return f"{count // 60} h" if count % 60 == 0 and count else f"{count} min"


def rule(value: RuleSettings) -> str:
    joined = (" or " if value.when == "any" else " and ").join(map(condition, value.conditions))
    filters = ", ".join(f"{one.field} {one.op} {one.value}".strip() for one in value.filters)
    where = f", where {value.filters_match} of: {filters}" if filters else ""
    then = {
        "none": "the route shows it, nobody is called",
        "default": "the project's policy calls people",
    }.get(value.policy, f"{value.policy} calls people")
    state = "" if value.active else " (paused)"
    return f"When {joined}{where}, from severity {value.severity_floor} on: {then}{state}."


def policy(value: Policy) -> str:
    steps = [
        f"{number}. {' and '.join(step.targets)}"
        + (f" (from {step.severity} on)" if step.severity else "")
        + f", then wait {duration(step.delay_s)}"
        for number, step in enumerate(value.steps, 1)
    ]
    again = f"; {value.repeat} more rounds" if value.repeat else ""
    return "; ".join(steps) + f"{again}; at the end {' and '.join(value.then) or 'nobody'}."


def duration(seconds: int) -> str:
    if seconds % 3600 == 0 and seconds:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 and seconds else f"{seconds} s"


def route(value: RouteSettings) -> str:
    who = ", ".join(value.receivers) or "whoever its parent names"
    return f"{all_of(value.matchers)}: shown to {who}."


def silence(value: SilenceSettings) -> str:
    return f"{all_of(value.matchers)}: silent from {iso(value.start_at)} to {iso(value.end_at)}."


def all_of(matchers: tuple[Matcher, ...]) -> str:
    return " and ".join(map(shown, matchers)) or "Everything"


WORDS: Final[dict[str, Callable[..., str]]] = {"rule": rule, "policy": policy, "route": route, "silence": silence}


def words(name: str, value: Part) -> str:
    """Empty for kinds that read well as they are."""
    return WORDS[name](value) if name in WORDS else ""
