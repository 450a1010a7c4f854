"""What a setting must hold beyond its types. Each check tells all that is wrong, where, in words."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

import re2

from domain.conditions import refused
from domain.matchers import refuses_empty
from query_api.objects.known import Known, flaw, person_flaws, target_flaws, target_wrong
from query_api.problems import Flaw
from schemas.kinds import Channel
from schemas.settings.alerting import (
    InhibitionSettings,
    Matcher,
    Policy,
    RouteSettings,
    RuleSettings,
    SilenceSettings,
    WindowSettings,
)
from schemas.settings.people import ChannelSettings, MethodSettings, TeamSettings
from schemas.settings.project import ScrubSettings

DAY_MS: Final = 86_400_000
WEEK_S: Final = 604_800
MOST_STEPS: Final = 10
MOST_CONDITIONS: Final = 10
LONGEST_SILENCE_MS: Final = 30 * DAY_MS
OPERATORS: Final = frozenset({"=", "!=", "=~", "!~"})
MOST_PATTERNS: Final = 50


def rule(value: RuleSettings, key: str, known: Known) -> Iterator[Flaw]:
    if not 1 <= len(value.conditions) <= MOST_CONDITIONS:
        yield flaw("/conditions", f"1 to {MOST_CONDITIONS} conditions")
    for index, condition in enumerate(value.conditions):
        if wrong := refused(condition):
            yield flaw(f"/conditions/{index}", wrong)
    yield from one_of("/scope", value.scope, ("issue", "pulse"))
    yield from one_of("/when", value.when, ("any", "all"))
    yield from one_of("/filters_match", value.filters_match, ("any", "all", "none"))
    if not 60 <= value.rearm_s <= WEEK_S:
        yield flaw("/rearm_s", "60 s to 7 days")
    if value.policy not in {"default", "none"} and policy_key(value.policy) not in known.directory.policies:
        yield flaw("/policy", f"there is no policy {value.policy}", "unknown_policy")
    for index, filter_ in enumerate(value.filters):
        if filter_.op == "~":
            yield from expression(f"/filters/{index}/value", filter_.value)


def policy_key(policy: str) -> str:
    return policy.removeprefix("policy:")


def route(value: RouteSettings, key: str, known: Known) -> Iterator[Flaw]:
    name = key.partition(":")[2]
    yield from matchers("/matchers", value.matchers)
    yield from target_flaws("/receivers", value.receivers, known)
    if name == "root":
        if value.parent or value.matchers:
            yield flaw("/parent", "the root matches everything and has no parent")
        return
    routes = known.routes() | {name: value}
    seen: set[str] = set()
    here = name
    while here != "root":
        if here in seen:
            yield flaw("/parent", "its parents run in a circle")
            return
        seen.add(here)
        if here not in routes:
            yield flaw("/parent", f"there is no route {here}")
            return
        here = routes[here].parent.rpartition(":")[2] or "root"


def policy(value: Policy, key: str, known: Known) -> Iterator[Flaw]:
    if not 1 <= len(value.steps) <= MOST_STEPS:
        yield flaw("/steps", f"1 to {MOST_STEPS} steps")
    if not 0 <= value.repeat <= 9:
        yield flaw("/repeat", "0 to 9 rounds more")
    for index, step in enumerate(value.steps):
        if not step.targets:
            yield flaw(f"/steps/{index}/targets", "a step tells somebody")
        if not 0 <= step.delay_s <= WEEK_S:
            yield flaw(f"/steps/{index}/delay_s", "0 s to 7 days")
        yield from target_flaws(f"/steps/{index}/targets", step.targets, known)
    yield from target_flaws("/then", value.then, known)


def silence(value: SilenceSettings, key: str, known: Known) -> Iterator[Flaw]:
    yield from matchers("/matchers", value.matchers)
    if not refuses_empty(value.matchers):
        yield flaw("/matchers", "one of them must name something that is there: this hides everything")
    yield from span(value.start_at, value.end_at, LONGEST_SILENCE_MS)
    if not value.reason.strip():
        yield flaw("/reason", "say why, for the others")


def inhibition(value: InhibitionSettings, key: str, known: Known) -> Iterator[Flaw]:
    yield from matchers("/source", value.source)
    yield from matchers("/target", value.target)
    if not (value.source and value.target):
        yield flaw("/source", "name what inhibits and what is inhibited")


def window(value: WindowSettings, key: str, known: Known) -> Iterator[Flaw]:
    yield from one_of("/kind", value.kind, ("maintenance", "mute"))
    yield from matchers("/matchers", value.matchers)
    if value.kind == "mute":
        if value.hours is None:
            yield flaw("/hours", "a mute window has hours of the week")
    else:
        yield from span(value.start_at, value.end_at, LONGEST_SILENCE_MS)


def team(value: TeamSettings, key: str, known: Known) -> Iterator[Flaw]:
    yield from person_flaws("/members", tuple(person for person, _ in value.members), known)
    if value.lead and value.lead not in {person for person, _ in value.members}:
        yield flaw("/lead", "the lead is a member")
    for field, kind in (
        ("policy", "policies"),
        ("schedule", "schedules"),
        ("fallback", "channels"),
        ("chat", "channels"),
    ):
        name = getattr(value, field).rpartition(":")[2]
        if name and name not in getattr(known.directory, kind):
            yield flaw(f"/{field}", f"there is no {name}")


def channel(value: ChannelSettings, key: str, known: Known) -> Iterator[Flaw]:
    if value.owner and (wrong := target_wrong(value.owner, known)):
        yield flaw("/owner", wrong)
    if value.address:
        yield from address(value.type, value.address)


def method(value: MethodSettings, key: str, known: Known) -> Iterator[Flaw]:
    if value.person not in known.directory.people:
        yield flaw("/person", f"there is no person {value.person}")
    if value.address:
        yield from address(value.channel, value.address)


def address(kind: Channel, text: str) -> Iterator[Flaw]:
    """The shape only; whether it is somebody's is found out by sending."""
    shape, words = SHAPES.get(kind, (short_text, "1 to 500 visible characters"))
    if not shape(text):
        yield flaw("/address", words)


def email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and len(text) <= 254 and text.isprintable() and " " not in text


def number(text: str) -> bool:
    return text.startswith("+") and text[1:].isdigit() and 8 <= len(text) <= 16


def https(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme == "https" and bool(parts.hostname) and not parts.username


def short_text(text: str) -> bool:
    return 1 <= len(text) <= 500 and text.isprintable()


SHAPES: Final[dict[Channel, tuple[Callable[[str], bool], str]]] = {
    Channel.EMAIL: (email, "this is no e-mail address"),
    Channel.SMS: (number, "a number begins with + and the country"),
    Channel.WEBHOOK: (https, "a webhook is an https address without a user"),
}


def scrub(value: ScrubSettings, key: str, known: Known) -> Iterator[Flaw]:
    if len(value.patterns) > MOST_PATTERNS:
        yield flaw("/patterns", f"at most {MOST_PATTERNS} patterns")
    for index, pattern in enumerate(value.patterns):
        yield from expression(f"/patterns/{index}", pattern)


def matchers(pointer: str, found: Iterable[Matcher]) -> Iterator[Flaw]:
    for index, matcher in enumerate(found):
        if matcher.op not in OPERATORS:
            yield flaw(f"{pointer}/{index}/op", "= != =~ or !~")
        if matcher.op in {"=~", "!~"}:
            yield from expression(f"{pointer}/{index}/value", matcher.value)


def expression(pointer: str, text: str) -> Iterator[Flaw]:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options=options)
    except re2.error as error:
        yield flaw(pointer, f"not an expression of RE2: {error}", "bad_expression")


def span(start: int, end: int, longest: int) -> Iterator[Flaw]:
    if not start < end <= start + longest:
        yield flaw("/end_at", f"must lie after the start, by at most {longest // DAY_MS} days")


def one_of(pointer: str, text: str, words: tuple[str, ...]) -> Iterator[Flaw]:
    if text not in words:
        yield flaw(pointer, " or ".join(words))
