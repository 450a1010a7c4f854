"""By which of their contact methods a person is reached, for a severity, and after which delay."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from domain.recipients import Directory
from schemas.kinds import SEVERITY_NUMBER, Channel, Severity
from schemas.settings.people import MethodSettings

AT_ONCE: Final[Mapping[Channel, int]] = {channel: 0 for channel in Channel if channel is not Channel.SMS}
DEFAULTS: Final[Mapping[Severity, Mapping[Channel, int]]] = {
    Severity.CRITICAL: {**AT_ONCE, Channel.SMS: 0},
    Severity.HIGH: {**AT_ONCE, Channel.SMS: 600},
    Severity.MEDIUM: AT_ONCE,
    Severity.LOW: {},
}
NOTICE_BY: Final = (Channel.EMAIL, Channel.SLACK, Channel.WEBHOOK)  # the first that a person has


class Contact(msgspec.Struct, frozen=True):
    """`setting_id` is where the address stands; `delay_s` after the decision."""

    setting_id: str
    channel: Channel
    delay_s: int = 0
    why: str = ""


class NoContact(msgspec.Struct, frozen=True):
    """`code` is one of alerting.md 12."""

    code: str
    why: str


def contacts(person: str, severity: Severity, page: bool, directory: Directory) -> tuple[Contact, ...] | NoContact:
    """How to reach `person` (id without its kind): personal rules, else the defaults of the severity.

    A page interrupts; a notice (`page` false) goes by one quiet channel.
    """
    methods = directory.methods.get(person, ())
    usable = [(key, method) for key, method in methods if method.verified_at and not method.disabled_why]
    if not usable:
        return _unusable(methods)
    if severity is Severity.LOW:
        return NoContact("severity_low", "low severity is told in the daily report only")
    if not page:
        return _notice(usable)
    return _by_rules(person, severity, usable, directory) or _by_default(severity, usable)


def _unusable(methods: Sequence[tuple[str, MethodSettings]]) -> NoContact:
    disabled = [method.disabled_why for _, method in methods if method.disabled_why]
    if disabled:
        return NoContact("method_disabled", f"every contact method is disabled ({disabled[0]})")
    return NoContact("no_method", "no contact method is verified" if methods else "there is no contact method")


def _notice(usable: Sequence[tuple[str, MethodSettings]]) -> tuple[Contact, ...]:
    for channel in NOTICE_BY:
        found = tuple(Contact(key, channel) for key, method in usable if method.channel is channel)
        if found:
            return found
    return tuple(Contact(key, method.channel) for key, method in usable[:1])


def _by_rules(
    person: str, severity: Severity, usable: Sequence[tuple[str, MethodSettings]], directory: Directory
) -> tuple[Contact, ...]:
    by_id = dict(usable)
    number = SEVERITY_NUMBER[severity]
    rules = [rule for rule in directory.rules.get(person, ()) if number >= SEVERITY_NUMBER[rule.severity]]
    chosen: dict[str, int] = {}
    for rule in rules:
        key = f"method:{rule.method.removeprefix('method:')}"
        if key in by_id:
            chosen[key] = min(rule.delay_s, chosen.get(key, rule.delay_s))
    return tuple(Contact(key, by_id[key].channel, delay, "personal rule") for key, delay in chosen.items())


def _by_default(severity: Severity, usable: Sequence[tuple[str, MethodSettings]]) -> tuple[Contact, ...]:
    """All methods that the severity asks for. Somebody who has only others is reached by these, at once."""
    delays = DEFAULTS[severity]
    found = [Contact(key, method.channel, delays[method.channel]) for key, method in usable if method.channel in delays]
    if any(contact.delay_s == 0 for contact in found):
        return tuple(found)
    return tuple(Contact(key, method.channel) for key, method in usable)
