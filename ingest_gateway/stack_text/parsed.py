"""What a parser of stack text gives: exceptions cause first, each with frames outermost first."""

from typing import Final

import msgspec

from ingest_gateway.normalise.text import Object

MAX_BYTES: Final = 65_536
MAX_LINES: Final = 1000
MAX_NAME: Final = 128


class Parsed(msgspec.Struct, frozen=True):
    """`type` and `value` are empty where the text names none."""

    type: str = ""
    value: str = ""
    module: str = ""
    frames: tuple[Object, ...] = ()


def lines_of(text: str) -> list[str]:
    return text[:MAX_BYTES].replace("\r\n", "\n").split("\n")[:MAX_LINES]


def named(line: str) -> tuple[str, str]:
    """`Type: message`, or a type alone; ("", line) when it begins with no name."""
    kind, mark, value = line.strip().partition(": ")
    kind = kind.rstrip(":")
    if kind and len(kind) <= MAX_NAME and is_name(kind):
        return kind, value.strip() if mark else ""
    return "", line.strip()


def is_name(text: str) -> bool:
    return not text[0].isdigit() and all(char.isalnum() or char in "._$\\:<>`/" for char in text)


def qualified(name: str) -> tuple[str, str]:
    """(module, type) of a dotted name."""
    bare, generic, rest = name.partition("<")
    module, _, kind = bare.rpartition(".")
    return module, kind + generic + rest


def frame(function: str, place: str, lineno: int = 0, colno: int = 0, *, module: str = "") -> Object:
    found: Object = {"function": function, "lineno": lineno, "colno": colno}
    if place:
        found["filename"] = place
    if module:
        found["module"] = module
    return found


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
