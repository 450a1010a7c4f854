"""The rules of one project, compiled: what is a secret by name, and how a text loses its secrets."""

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
import re2

from domain import scrub_patterns as patterns
from domain.scrub_shapes import encoded_shapes, spelt, text_shapes
from ingest_gateway.normalise.text import clean
from ingest_gateway.scrub import values
from ingest_gateway.scrub.values import MASK, Found, Rule, compiled
from schemas.settings.project import ScrubSettings

MOST: Final = 5_000  # candidates looked at in one event; a text beyond that goes whole
NAMES_STAY: Final = ("none", "null", "true", "false", "")

BUILT_IN: Final = (
    Rule("pem", compiled(patterns.PEM), values.pem),
    Rule("pem", compiled(patterns.PEM_TAIL), values.pem_tail),
    Rule("url_auth", compiled(patterns.URL_AUTH), values.url_auth),
    Rule("token", compiled(patterns.BEARER), values.bearer, after=1),
    Rule("token", compiled(patterns.BASIC), values.basic, after=1),
    Rule("token", compiled(patterns.TOKEN), values.token),
)
NUMBERS: Final = (
    Rule("card", compiled(patterns.CARD), values.card),
    Rule("iban", compiled(patterns.IBAN), values.iban, repeat=True),
    Rule("ssn", compiled(patterns.SSN), values.ssn),
)
HEADER: Final = Rule("assignment", compiled(patterns.HEADER_LINE), values.header_line)
USER_PATH: Final = Rule("user_path", compiled(patterns.USER_PATH), values.user_path)
EMAIL: Final = Rule("email", compiled(patterns.EMAIL), lambda found: b"[email]")
IP: Final = Rule("ip", compiled(patterns.IP), lambda found: b"[ip]")
ASSIGNMENT: Final = compiled(patterns.ASSIGNMENT)
PAIR: Final = compiled(patterns.PAIR)
LITERAL: Final = compiled(patterns.LITERAL)


class Kind(msgspec.Struct, frozen=True):
    """What a text is: `source` code, where only literals are secrets; a `route`, whose /home/ is no folder."""

    source: bool = False
    route: bool = False


TEXT: Final = Kind()
SOURCE: Final = Kind(source=True)
ROUTE: Final = Kind(route=True)


class Tally:
    """What one event lost, by rule, and how many candidates were looked at."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.looked_at = 0

    def add(self, rule: str, count: int = 1) -> None:
        self.counts[rule] = self.counts.get(rule, 0) + count


class Scrubber:
    """Immutable once made; `shapes` and `prefilter` say whether a text, or a record's JSON, needs a closer look."""

    def __init__(self, given: ScrubSettings) -> None:
        self.names = frozenset(name.lower() for name in given.names)
        self.safe = frozenset(name.lower() for name in given.safe_names)
        self.excluded = given.excluded_paths
        self.email, self.ip = given.email, given.ip
        own = [
            Rule("own", compiled(pattern), lambda found: MASK if found.group() else None) for pattern in given.patterns
        ]
        self.shapes = compiled(_with(text_shapes(given.email, given.ip, given.names), given.patterns))
        self.prefilter = compiled(_with(encoded_shapes(given.email, given.ip, given.names), given.patterns))
        options = [EMAIL] * given.email + [IP] * given.ip
        names = "|".join(spelt(name) for name in given.names)
        self.rules = {kind: self._rules(kind, [*options, *own], names) for kind in (TEXT, SOURCE, ROUTE)}

    def _rules(self, kind: Kind, more: list[Rule], names: str) -> tuple[Rule, ...]:
        found = [*NUMBERS, *BUILT_IN]  # numbers first: `[iban]=x` would read as an assignment the next time
        found += [] if kind.source else [HEADER]
        found.append(
            Rule("assignment", _naming(LITERAL if kind.source else ASSIGNMENT, names), self._assigned, after=2)
        )
        found.append(Rule("assignment", _naming(PAIR, names), self._paired, after=1))
        found += [*([] if kind.route else [USER_PATH]), *more]
        return tuple(found)

    def secret_name(self, name: str) -> bool:
        lower = name.lower()
        return lower not in self.safe and (lower in self.names or patterns.sensitive(name))

    def text(self, text: str, tally: Tally, kind: Kind = TEXT) -> str:
        """`text` without its secrets. Twice is the same as once."""
        raw = text.encode()
        if not self.shapes.search(raw):
            return text
        changed = self._applied(raw, tally, kind)
        if b"%" in changed:
            changed = self._decoded(changed, tally, kind)
        return text if changed == raw else changed.decode("utf-8", "replace")

    def _applied(self, raw: bytes, tally: Tally, kind: Kind) -> bytes:
        for rule in self.rules[kind]:
            raw = applied(rule, raw, tally)
        return raw

    def _decoded(self, raw: bytes, tally: Tally, kind: Kind) -> bytes:
        """A secret may be percent-encoded, twice at most; only then the decoded text takes the place of the other."""
        text = raw
        for _ in range(2):
            text = clean(unquote_to_bytes(text).decode("utf-8", "replace")).encode()
            left = self._applied(text, tally, kind)
            if left != text:
                return left
        return raw

    def _assigned(self, found: Found) -> bytes | None:
        return self._masked(found, found.group(1).decode(), bytes(found.group(1) + found.group(2)))

    def _paired(self, found: Found) -> bytes | None:
        return self._masked(found, found.group(2).decode(), bytes(found.group(1)))

    def _masked(self, found: Found, name: str, before: bytes) -> bytes | None:
        """`before` with the masked value of group 3, if the name is a secret's."""
        value = found.group(3)
        if not self.secret_name(name) or (patterns.numbers_stay(name) and value.replace(b".", b"").isdigit()):
            return None
        masked = values.masked_value(value)
        return None if masked is None else before + masked


def _with(shapes: str, more: tuple[str, ...]) -> str:
    return "|".join([shapes, *(f"(?:{pattern})" for pattern in more)])


def _naming(pattern: re2._Regexp, names: str) -> re2._Regexp:
    """The assignment rule with a project's further names among the words it looks for."""
    if not names:
        return pattern
    return compiled(pattern.pattern.replace(patterns.NAME_SHAPE, f"{names}|{patterns.NAME_SHAPE}"))


def applied(rule: Rule, raw: bytes, tally: Tally) -> bytes:
    found = substituted(rule, raw, tally)
    while rule.repeat and found != raw:
        raw, found = found, substituted(rule, found, tally)
    return found


def substituted(rule: Rule, raw: bytes, tally: Tally) -> bytes:
    pieces: list[bytes] = []
    kept_to = at = 0
    while (found := rule.pattern.search(raw, at)) is not None:
        tally.looked_at += 1
        if tally.looked_at > MOST:
            tally.add("flood")
            return MASK
        at = found.end(rule.after)
        new = rule.replace(found)
        if new is not None and new != found.group():
            pieces += [raw[kept_to : found.start()], new]
            kept_to = at = found.end()
            tally.add(rule.name)
        at = at if at > found.start() else found.start() + 1
        if at > len(raw):
            break
    pieces.append(raw[kept_to:])
    return b"".join(pieces)


DEFAULT: Final = Scrubber(ScrubSettings())
Made = Callable[[ScrubSettings], Scrubber]
