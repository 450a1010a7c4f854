"""Filters of alert rules: a field of the occurrence or its issue, an operator, a value (alerting.md 5).

A filter is compiled once, when settings change, into a test of facts; what makes no sense never holds.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec
import re2

from domain.facts import Facts
from domain.releases import Order, latest, order, package_of
from schemas.kinds import LEVEL_NUMBER, SEVERITY_NUMBER
from schemas.settings.alerting import RuleFilter

Holds: TypeAlias = Callable[[Facts], bool]
Texts: TypeAlias = Callable[[Facts], tuple[str, ...]]  # what may match; empty texts are missing
One: TypeAlias = Callable[[Facts], str]
Fits: TypeAlias = Callable[[str], bool]

UNIT_MS: Final = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Check(msgspec.Struct, frozen=True):
    """One compiled filter. `shown` reads what it looked at, for the trace; cheap ones are asked first."""

    filter: RuleFilter
    holds: Holds
    shown: Callable[[Facts], str]
    cost: int


def compiled(filter_: RuleFilter) -> Check:
    """The check of one filter."""
    if filter_.field in NUMBERS:
        number = NUMBERS[filter_.field]
        return Check(filter_, _numeric(filter_, number), lambda facts: str(number(facts)), 1)
    texts = _texts(filter_.field)
    one = ONES.get(filter_.field)
    if one is not None and filter_.op in QUICK:
        return Check(filter_, QUICK[filter_.op](one, filter_.value), one, COST[filter_.op])
    if filter_.field in ("release", "first_release"):
        return Check(filter_, _released(filter_, texts), lambda facts: " ".join(texts(facts)), 3)
    return Check(filter_, _textual(filter_, texts), lambda facts: " ".join(texts(facts)), COST.get(filter_.op, 1))


def glob(pattern: str) -> Fits:
    """`*` and `?` do not cross `/`, `**` does; case counts."""
    expression = _expression("".join(_piece(piece) for piece in _pieces(pattern)))
    return lambda text: expression is not None and expression.fullmatch(text) is not None


def _equal(one: One, value: str) -> Holds:
    return lambda facts: one(facts) == value


def _unequal(one: One, value: str) -> Holds:
    return lambda facts: one(facts) != value


def _containing(one: One, value: str) -> Holds:
    wanted = value.casefold()
    return lambda facts: wanted in one(facts).casefold()


def _texts(field: str) -> Texts:
    one = ONES.get(field)
    if one is not None:
        return lambda facts: (one(facts),)
    if field.startswith("tag."):
        name = field.removeprefix("tag.")
        return lambda facts: (facts.occurrence.tags.get(name, ""),)
    return TEXTS.get(field, lambda facts: ())


def _textual(filter_: RuleFilter, texts: Texts) -> Holds:
    match filter_.op:
        case "set":
            return lambda facts: any(texts(facts))
        case "missing":
            return lambda facts: not any(texts(facts))
        case "!=":
            return lambda facts: all(text != filter_.value for text in texts(facts))
        case _:
            fits = _fits(filter_.op, filter_.value)
            return lambda facts: any(fits(text) for text in texts(facts))


def _fits(op: str, value: str) -> Fits:
    match op:
        case "=":
            return lambda text: text == value
        case "contains":
            wanted = value.casefold()
            return lambda text: wanted in text.casefold()
        case "glob":
            return glob(value)
        case "~":
            expression = _expression(value)
            return lambda text: expression is not None and expression.search(text) is not None
        case _:
            return lambda text: False


def _numeric(filter_: RuleFilter, number: Callable[[Facts], int]) -> Holds:
    wanted = _number(filter_.field, filter_.value)
    if wanted is None:
        return lambda facts: False
    match filter_.op:
        case ">=":
            return lambda facts: number(facts) >= wanted
        case "=":
            return lambda facts: number(facts) == wanted
        case "!=":
            return lambda facts: number(facts) != wanted
        case _:
            return lambda facts: False


def _number(field: str, value: str) -> int | None:
    """`high`, `error`, `7d`, `100`: what the field is compared with; an age without unit is in minutes."""
    match field:
        case "level":
            return WORD_OF_LEVEL.get(value)
        case "severity":
            return WORD_OF_SEVERITY.get(value)
        case "age":
            unit = UNIT_MS.get(value[-1:], 0)
            digits = value[:-1] if unit else value
            return int(digits) * (unit or UNIT_MS["m"]) if digits.isdecimal() else None
        case _:
            return int(value) if value.isdecimal() else None


def _released(filter_: RuleFilter, texts: Texts) -> Holds:
    """`latest` is the newest declared release of the same package."""

    def wanted(facts: Facts, release: str) -> str:
        return latest(facts.releases, package_of(release)) if filter_.value == "latest" else filter_.value

    match filter_.op:
        case ">=":
            return lambda facts: any(
                order(text, wanted(facts, text), facts.releases) in (Order.SAME, Order.AFTER) for text in texts(facts)
            )
        case "=" if filter_.value == "latest":
            return lambda facts: any(text != "" and text == wanted(facts, text) for text in texts(facts))
        case _:
            return _textual(filter_, texts)


def _expression(pattern: str) -> "re2._Regexp[str] | None":
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error:
        return None


def _pieces(pattern: str) -> list[str]:
    """Wildcards apart from the text between them."""
    marked = pattern.replace("**", "\x00").replace("*", "\x01").replace("?", "\x02")
    found = [""]
    for character in marked:
        if character in "\x00\x01\x02":
            found += [character, ""]
        else:
            found[-1] += character
    return found


def _piece(piece: str) -> str:
    wildcards: Mapping[str, str] = {"\x00": ".*", "\x01": "[^/]*", "\x02": "[^/]"}
    return wildcards.get(piece) or re2.escape(piece)


def _paths(facts: Facts) -> tuple[str, ...]:
    """File, module and route of the crash site."""
    seen = facts.occurrence
    file, module = seen.place.rpartition(":")[0] or seen.place, seen.culprit.partition("::")[0]
    return (file, module, seen.route.rpartition(" ")[2], seen.tags.get("url", ""))


def _suspect(facts: Facts) -> tuple[str, ...]:
    """Commits of the release that brought the issue, where CI declared them."""
    release = facts.releases.get(facts.first_release)
    return release.commits[:1] if release else ()


HANDLED: Final[Mapping[bool | None, str]] = {True: "yes", False: "no", None: "unknown"}
COST: Final = {"=": 0, "!=": 0, "set": 0, "missing": 0, "contains": 2, "glob": 4, "~": 5}
WORD_OF_LEVEL: Final = {str(level): number for level, number in LEVEL_NUMBER.items()}
WORD_OF_SEVERITY: Final = {str(severity): number for severity, number in SEVERITY_NUMBER.items()}
NUMBERS: Final[Mapping[str, Callable[[Facts], int]]] = {
    "level": lambda facts: LEVEL_NUMBER[facts.occurrence.level],
    "severity": lambda facts: SEVERITY_NUMBER[facts.severity],
    "age": lambda facts: facts.at - facts.first_seen_at,
    "total": lambda facts: facts.total,
}
ONES: Final[Mapping[str, One]] = {
    "environment": lambda facts: facts.occurrence.environment,
    "service": lambda facts: facts.occurrence.service,
    "platform": lambda facts: facts.occurrence.platform,
    "sdk": lambda facts: facts.occurrence.sdk,
    "type": lambda facts: facts.occurrence.type,
    "message": lambda facts: facts.occurrence.title,
    "assigned": lambda facts: facts.assignee,
    "status": lambda facts: facts.status,
    "handled": lambda facts: HANDLED[facts.occurrence.handled],
}
TEXTS: Final[Mapping[str, Texts]] = {
    "release": lambda facts: (facts.occurrence.release,),
    "first_release": lambda facts: (facts.first_release,),
    "path": _paths,
    "suspect": _suspect,
}
# The usual filters, without detours.
QUICK: Final[Mapping[str, Callable[[One, str], Holds]]] = {
    "=": _equal,
    "!=": _unequal,
    "contains": _containing,
}
