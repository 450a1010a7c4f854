"""The search language as text: terms side by side, each `key:value` or a word; `-` negates.

query = { term } ;  term = [ "-" ] ( key ":" value | one ) ;  blank = and
value = one | "[" one { "," one } "]" | ( ">" | ">=" | "<" | "<=" ) one | one ".." one
one   = word | quoted ;  trailing "*" = prefix ; \\" inside quotes
"""

import string
from enum import StrEnum
from typing import Final

import msgspec

from query_api.problems import Flaw

MAX_CHARACTERS: Final = 500
MAX_TERMS: Final = 20
KEY_SIGNS: Final = frozenset(string.ascii_lowercase + string.digits + "_.-")
BLANKS: Final = frozenset(" \t\r\n")


class Op(StrEnum):
    IS = "="
    ANY = "[]"
    RANGE = ".."
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="


class One(msgspec.Struct, frozen=True):
    """A word or a quoted text; `prefix`: a `*` stood at its end."""

    text: str
    prefix: bool = False
    quoted: bool = False


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """`key` empty: free text. `position` and `length` say where it stood, for errors."""

    key: str = ""
    op: Op = Op.IS
    values: tuple[One, ...]
    negated: bool = False
    position: int = 0
    length: int = 0


class BadQuery(Exception):
    """What cannot be read, and where."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


def refuse(code: str, message: str, position: int, length: int = 1) -> BadQuery:
    flaw = Flaw(code=code, message=message, parameter="query", position=position, length=max(1, length))
    return BadQuery(flaw)


def parse(text: str) -> tuple[Term, ...]:
    if len(text) > MAX_CHARACTERS:
        raise refuse("too_long", f"at most {MAX_CHARACTERS} characters", MAX_CHARACTERS, len(text) - MAX_CHARACTERS)
    terms: list[Term] = []
    at = skip(text, 0)
    while at < len(text):
        term, at = read_term(text, at)
        terms.append(term)
        if len(terms) > MAX_TERMS:
            raise refuse("too_many_terms", f"at most {MAX_TERMS} terms", term.position, term.length)
        at = skip(text, at)
    return tuple(terms)


def skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in BLANKS:
        at += 1
    return at


def read_term(text: str, start: int) -> tuple[Term, int]:
    negated = text[start] == "-" and start + 1 < len(text) and text[start + 1] not in BLANKS
    at = start + negated
    key = read_key(text, at)
    if key:
        op, values, end = read_value(text, at + len(key) + 1)
    else:
        one, end = read_one(text, at, "")
        op, values = Op.IS, (one,)
    return (
        Term(key=key, op=op, values=values, negated=negated, position=start, length=end - start),
        end,
    )


def read_key(text: str, at: int) -> str:
    """A lower-case name before a colon; anything else begins free text."""
    end = at
    while end < len(text) and text[end] in KEY_SIGNS:
        end += 1
    found = text[at:end]
    if text[end : end + 1] == ":" and found[:1].isalpha():
        return found
    if found.startswith("tag.") and text[end : end + 1] not in {"", ":"} | BLANKS:
        return tag_key(text, at)
    return ""


def tag_key(text: str, at: int) -> str:
    """Names of tags are the application's: any sign but blanks, quotes and the colon."""
    end = at
    while end < len(text) and text[end] not in BLANKS and text[end] not in ':"':
        end += 1
    return text[at:end] if text[end : end + 1] == ":" else ""


def read_value(text: str, at: int) -> tuple[Op, tuple[One, ...], int]:
    if at >= len(text) or text[at] in BLANKS:
        raise refuse("no_value", "a value is missing after the colon", at - 1)
    if text[at] == "[":
        values, end = read_list(text, at)
        return Op.ANY, values, end
    for op in (Op.AT_LEAST, Op.AT_MOST, Op.MORE, Op.LESS):
        if text.startswith(op, at):
            one, end = read_one(text, at + len(op), "")
            return op, (one,), end
    one, end = read_one(text, at, "")
    return split_range(text, one, end)


def split_range(text: str, one: One, end: int) -> tuple[Op, tuple[One, ...], int]:
    """`a..b`: a word with two dots inside; after a quoted one the dots follow it."""
    if one.quoted:
        if text.startswith("..", end) and not text.startswith("...", end):
            other, end = read_one(text, end + 2, "")
            return Op.RANGE, (one, other), end
        return Op.IS, (one,), end
    low, dots, high = one.text.partition("..")
    if dots and low and high and not one.prefix:
        return Op.RANGE, (One(low), One(high)), end
    return Op.IS, (one,), end


def read_list(text: str, start: int) -> tuple[tuple[One, ...], int]:
    values: list[One] = []
    at = start + 1
    while True:
        one, at = read_one(text, skip(text, at), ",]")
        values.append(one)
        at = skip(text, at)
        if text[at : at + 1] == "]":
            return tuple(values), at + 1
        if text[at : at + 1] != ",":
            raise refuse("open_list", "the list is not closed by ]", start, len(text) - start)
        at += 1


def read_one(text: str, at: int, stops: str) -> tuple[One, int]:
    if text[at : at + 1] == '"':
        return read_quoted(text, at)
    end = at
    while end < len(text) and text[end] not in BLANKS and text[end] not in stops and text[end] != '"':
        end += 1
    found = text[at:end]
    if not found:
        raise refuse("no_value", "a value is missing", min(at, max(0, len(text) - 1)))
    prefix = found.endswith("*") and len(found) > 1
    return One(found[:-1] if prefix else found, prefix), end


def read_quoted(text: str, start: int) -> tuple[One, int]:
    found: list[str] = []
    at = start + 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] in {'"', "\\"}:
            at += 1
        found.append(text[at])
        at += 1
    if at >= len(text):
        raise refuse("open_quote", "the quote is not closed", start, len(text) - start)
    prefix = text[at + 1 : at + 2] == "*"
    if not found:
        raise refuse("no_value", "the quotes are empty", start, 2)
    return One("".join(found), prefix, True), at + 1 + prefix
