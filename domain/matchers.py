"""Matchers on labels: the one language of routes, silences, inhibitions and windows."""

from collections.abc import Iterable, Mapping

import re2

from schemas.settings.alerting import Matcher


def matches(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all hold; no matchers hold for everything. A missing label is the empty text."""
    return all(holds(matcher, labels.get(matcher.label, "")) for matcher in matchers)


def holds(matcher: Matcher, value: str) -> bool:
    """Expressions are RE2 and must match the whole value; a broken one, or an unknown operator, never holds."""
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return _whole(matcher.value, value) is True
        case "!~":
            return _whole(matcher.value, value) is False
        case _:
            return False


def refuses_empty(matchers: Iterable[Matcher]) -> bool:
    """Whether one of them cannot hold for a missing label: a silence must name something that is there."""
    return any(not holds(matcher, "") for matcher in matchers)


def shown(matcher: Matcher) -> str:
    return f'{matcher.label}{matcher.op}"{matcher.value}"'


def _whole(pattern: str, value: str) -> bool | None:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.fullmatch(pattern, value, options=options) is not None
    except re2.error:
        return None
