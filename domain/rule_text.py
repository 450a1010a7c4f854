"""Fingerprint rules as people write them: `matcher:pattern [..] -> part, part [title="..."]`, one a line."""

from typing import Final

import msgspec
import re2

from domain.custom import ALIASES as VARIABLE_ALIASES
from domain.custom import DEFAULT, MAX_PART, MAX_PARTS, VARIABLE, is_variable
from domain.event_matchers import MAX_PATTERN, Matcher, is_field, matcher
from domain.fingerprint_rules import MAX_RULES, NO_RULES, Rule, Rules
from domain.ids import digest
from schemas.settings.project import FingerprintRulesSettings

ARROW: Final = "->"


class RuleProblem(msgspec.Struct, frozen=True):
    """Why the text is refused, and where; lines and columns count from 1."""

    line: int
    column: int
    reason: str


class _Wrong(Exception):
    """`at`: place in the line, from 0."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason


class _Word(msgspec.Struct, frozen=True):
    text: str
    at: int
    quoted: bool = False


def compiled(settings: FingerprintRulesSettings | None) -> Rules:
    """The rules of a project; a text that was never accepted is no rule at all."""
    found = parse(settings.text, settings.version) if settings is not None else NO_RULES
    return found if isinstance(found, Rules) else NO_RULES


def parse(text: str, version: int = 1) -> Rules | RuleProblem:
    rules: list[Rule] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            rules.append(_rule(line))
        except _Wrong as wrong:
            return RuleProblem(number, wrong.at + 1, wrong.reason)
        if len(rules) > MAX_RULES:
            return RuleProblem(number, 1, f"more than {MAX_RULES} rules")
    return Rules(tuple(rules), version)


def _rule(line: str) -> Rule:
    words = _words(line)
    arrow = next((place for place, word in enumerate(words) if word.text == ARROW and not word.quoted), None)
    if arrow is None:
        raise _Wrong(len(line.rstrip()), "`->` is missing")
    if not arrow:
        raise _Wrong(words[0].at, "a matcher is missing before `->`")
    matchers = tuple(_matcher(word) for word in words[:arrow])
    parts, title = _parts(line, words[arrow].at + len(ARROW))
    return Rule(rule_id=digest("rule", " ".join(line.split()))[:12], matchers=matchers, parts=parts, title=title)


def _words(line: str) -> list[_Word]:
    """Split at blanks outside of quotes; a backslash in quotes takes the next letter as it is."""
    words: list[_Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        end, text = _word(line, at)
        words.append(_Word(text, at, line[at] == '"'))
        at = end
    return words


def _word(line: str, start: int, stops: str = "") -> tuple[int, str]:
    pieces: list[str] = []
    at, quoted_at = start, -1
    while at < len(line):
        letter = line[at]
        if letter == '"':
            quoted_at = at if quoted_at < 0 else -1
        elif letter == "\\" and quoted_at >= 0 and at + 1 < len(line):
            at += 1
            pieces.append(line[at])
        elif quoted_at < 0 and ((letter.isspace() and not stops) or letter in stops):
            break
        else:
            pieces.append(letter)
        at += 1
    if quoted_at >= 0:
        raise _Wrong(quoted_at, "the quote is never closed")
    return at, "".join(pieces)


def _matcher(word: _Word) -> Matcher:
    negated = word.text.startswith("!")
    name, colon, glob = word.text.removeprefix("!").partition(":")
    if not colon or not glob:
        raise _Wrong(word.at, "a matcher reads `name:pattern`")
    if not is_field(name):
        raise _Wrong(word.at, f"unknown matcher `{name}`")
    if len(glob) > MAX_PATTERN:
        raise _Wrong(word.at, f"a pattern has at most {MAX_PATTERN} characters")
    try:
        return matcher(name, glob, negated)
    except re2.error as error:
        raise _Wrong(word.at, f"not a pattern: `{glob}`") from error


def _parts(line: str, start: int) -> tuple[tuple[str, ...], str]:
    """Parts stand between commas; `title="..."` may follow the last one."""
    parts: list[str] = []
    title = ""
    at = start
    while at < len(line):
        begin = at
        while begin < len(line) and line[begin].isspace():
            begin += 1
        end, text = _word(line, begin, stops=",")
        text, given = _titled(text.strip())
        title = given or title
        if text:
            parts.append(_part(text, begin))
        at = end + 1
    if not parts:
        raise _Wrong(start, "a part is missing behind `->`")
    if len(parts) > MAX_PARTS:
        raise _Wrong(start, f"a fingerprint has at most {MAX_PARTS} parts")
    return tuple(parts), title


def _titled(text: str) -> tuple[str, str]:
    head, found, title = text.partition("title=")
    if not found or (head and not head[-1].isspace()):
        return text, ""
    return head.strip(), title.strip()


def _part(text: str, at: int) -> str:
    for found in VARIABLE.finditer(text):
        name = VARIABLE_ALIASES.get(found[1], found[1])
        if not is_variable(name):
            raise _Wrong(at, f"unknown variable `{found[1]}`")
        if name == DEFAULT and text.strip() != found[0]:
            raise _Wrong(at, "`{{ default }}` is a part of its own")
    if len(text) > MAX_PART:
        raise _Wrong(at, f"a part has at most {MAX_PART} characters")
    return text
