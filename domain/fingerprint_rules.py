"""Server rules that choose a fingerprint (grouping.md 6.1): tried from the top, the first that matches wins."""

from typing import Final

import msgspec

from domain.custom import resolved
from domain.event_matchers import Matcher, holds
from schemas.error_event import CustomFingerprint, ErrorEvent

MAX_RULES: Final = 200


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """All matchers must hold; those on frames for one frame, those on exceptions for one exception."""

    rule_id: str
    matchers: tuple[Matcher, ...]
    parts: tuple[str, ...]
    title: str = ""


class Rules(msgspec.Struct, frozen=True):
    """The rules of one project, compiled."""

    rules: tuple[Rule, ...] = ()
    version: int = 0


NO_RULES: Final = Rules()


def rule_fingerprint(event: ErrorEvent, rules: Rules) -> CustomFingerprint | None:
    """What the first matching rule says; it replaces what the client asked for. None: no rule matches."""
    for rule in rules.rules:
        if holds(rule.matchers, event):
            return stamped(event, rule, rules.version)
    return None


def stamped(event: ErrorEvent, rule: Rule, version: int) -> CustomFingerprint:
    """The rule's parts with its name on them. Only the default: the usual keys, whatever the client asked for."""
    found = resolved(event, rule.parts) or CustomFingerprint(parts=(), has_default=True)
    title = rule.title
    return msgspec.structs.replace(found, rule_id=rule.rule_id, rules_version=version, title=title)
