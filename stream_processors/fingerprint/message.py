"""What an error says: program text and wordings of script engines first, else the skeleton (grouping.md 3.5)."""

import functools
from collections.abc import Sequence
from typing import Final

import re2

from domain.exception_types import JVM_PLATFORMS, SCRIPT_PLATFORMS
from domain.message_masks import Keep
from domain.skeleton import first_lines, in_source, names, nothing, skeleton

MAX_MEMO: Final = 8_192
MAX_WORD: Final = 60
MAX_CHECK: Final = 2000
QUOTES: Final = "'\"`“‘«"
UNQUOTED: Final = str.maketrans("`'\"", "   ")
_NAME: Final = r"[\w$.\[\]()# ]{1,80}?"

# (what it means, how the engines say it; the group is the name that they all know)
SCRIPT_WORDINGS: Final = tuple(
    (meaning, re2.compile(pattern))
    for meaning, pattern in (
        (
            "nullprop",
            r"^Cannot (?:read|set|access) propert(?:y|ies) of (?:undefined|null) \((?:reading|setting) '([^']*)'\)",
        ),
        ("nullprop", r"^Cannot (?:read|set|access) property '([^']*)' of (?:undefined|null)"),
        ("nullprop", r"^can't access property \"([^\"]*)\""),
        ("nullprop", r"^'?(?:undefined|null)'? is not an object \(evaluating '[^']*?\.([\w$]+)(?: ?=[^']*)?'\)"),
        ("nullprop", r"^Unable to (?:get|set) property '([^']*)' of (?:undefined|null)"),
        (
            "notfn",
            r"^'?(?:undefined|null)'? is not a function "
            r"\((?:evaluating|near) '(?:[^']*?[.\s])?([\w$]+)(?:\([^']*\)?)?'\)",
        ),
        ("notfn", rf"^'?(?:{_NAME}\.)?([\w$]+)'? is not a function"),
        ("notfn", r"^Object doesn't support (?:this )?property or method(?: '([^']*)')?"),
        ("notfn", r"^Object .{0,80}? has no method '([^']*)'"),
        ("notfn", r"^Property '([^']*)' of object .{0,80}? is not a function"),
        ("notctor", rf"^'?(?:{_NAME}\.)?([\w$]+)'? is not a constructor"),
        ("undef", r"^(?:Uncaught )?(?:ReferenceError: )?'?([\w$]+)'? is not defined"),
        ("undef", r"^Can't find variable: ([\w$]+)"),
        ("undef", r"^Undefined variable: ([\w$]+)"),
        ("undef", r"^'([\w$]+)' is undefined"),
        ("nullobj", r"^'?(?:undefined|null)'? is not an object()"),
        ("nullobj", r"^[\w$.]+ is (?:undefined|null)()$"),
        ("nullobj", r"^'[^']*' is (?:undefined|null|null or not an object)()"),
        ("nullobj", r"^Cannot convert (?:undefined or null|'[^']*'|\S+) to object()"),
        ("nullobj", r"^(?:Object expected|Unable to get value of the property)()"),
    )
)
# What the JVM composes of the program's own names.
JVM_HELPFUL: Final = re2.compile(
    r"^Cannot (?:invoke|read|load|store|assign|enter|throw|get) |^Attempt to .{1,60} on a null (?:object|array)"
    r"|^Attempt to (?:read from|write to|get length of|invoke) "
)
JVM_CAST: Final = re2.compile(r"^(?:class )?([\w.$\[;/]+) cannot be cast to (?:class )?([\w.$\[;/]+)")
JVM_LOCAL: Final = re2.compile(r"<(local|parameter)\d+>")
ASSERTIONS: Final = re2.compile(r"(?:Check failed:|Assertion [`'\"]?.|Assertion failed|ASSERT|panicked at)")


def has_quotes(text: str) -> bool:
    return any(sign in text for sign in QUOTES)


@functools.lru_cache(maxsize=MAX_MEMO)
def masked(text: str, platform: str) -> str:
    """The skeleton without any quoted text."""
    return wording(text, platform) or skeleton(text)


@functools.lru_cache(maxsize=MAX_MEMO)
def said(text: str, platform: str, lines: tuple[str, ...], stackless: bool) -> str:
    """The skeleton with the names kept that are code: found in the last source lines, or said without any stack."""
    return wording(text, platform) or skeleton(text, names if stackless else _source(lines))


def _source(lines: Sequence[str]) -> Keep:
    return in_source(lines) if lines else nothing


def wording(text: str, platform: str) -> str:
    """One form for what engines word differently, or text that is all program; empty: neither."""
    if platform in SCRIPT_PLATFORMS:
        return script_wording(text)
    return jvm_text(text) if platform in JVM_PLATFORMS else ""


def script_wording(text: str) -> str:
    line = first_lines(text).split("\n", 1)[0].removeprefix("Uncaught ").removeprefix("TypeError: ")
    for meaning, pattern in SCRIPT_WORDINGS:
        found = pattern.search(line)
        if found is not None:
            return f"{meaning}:{(found[1] or '')[:MAX_WORD]}" if meaning != "nullobj" else meaning
    return ""


def jvm_text(text: str) -> str:
    """Helpful messages as they are; numbers of local variables are the compiler's."""
    line = first_lines(text).split("\n", 1)[0]
    if line.startswith(("Cannot ", "Attempt to ")) and JVM_HELPFUL.search(line):
        return str(JVM_LOCAL.sub(r"<\1>", line))
    if "cannot be cast to" in line:
        found = JVM_CAST.search(line)
        return f"{found[1]} cannot be cast to {found[2]}" if found else ""
    return ""


def program_text(text: str) -> str:
    """The condition that a native check, assertion or panic prints: it names the place better than any line."""
    if not ASSERTIONS.search(text[:MAX_CHECK]):
        return ""
    line = next(line for line in text[:MAX_CHECK].split("\n") if ASSERTIONS.search(line))
    return skeleton(line.translate(UNQUOTED))
