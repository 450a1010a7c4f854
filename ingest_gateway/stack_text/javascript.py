"""JavaScript stacks: V8 (`at f (file:1:2)`), Gecko and JavaScriptCore (`f@file:1:2`), with causes of Node."""

from typing import Final

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, named, number

CAUSE: Final = "[cause]:"
NATIVE: Final = "[native code]"


def parse(text: str) -> list[Parsed]:
    """The first block is what was thrown; causes follow it in the text and stand before it here."""
    blocks: list[list[str]] = [[]]
    for line in lines_of(text):
        if line.strip().startswith((CAUSE, "Caused by:")):
            blocks.append([line.partition(":")[2].strip().rstrip("{").strip()])
        else:
            blocks[-1].append(line)
    return [found for found in map(_block, reversed(blocks)) if found.frames or found.type]


def _block(lines: list[str]) -> Parsed:
    frames = [found for found in map(_frame, lines) if found is not None]
    first = next((line for line in lines if line.strip()), "")
    kind, value = ("", "") if _frame(first) is not None else named(first.removeprefix("Uncaught "))
    return Parsed(kind, value, "", tuple(reversed(frames)))


def _frame(line: str) -> Object | None:
    word = line.strip()
    if word.startswith("at "):
        return _v8(word[3:].removesuffix(" {"))
    function, at, place = word.rpartition("@")
    if not at or (" " in place and place != NATIVE):
        return None
    return _placed(function, place) if ":" in place or place == NATIVE else None


def _v8(text: str) -> Object | None:
    head, bracket, place = text.rpartition(" (")
    if bracket and place.endswith(")"):
        return _placed(head, place[:-1])
    return _placed("", text.removeprefix("async ")) if ":" in text or "<anonymous>" in text else None


def _placed(function: str, place: str) -> Object | None:
    if place.startswith("eval at ") and "), " in place:
        place = place.rpartition("), ")[2]
    name = function.removeprefix("async ").removeprefix("new ").partition(" [as ")[0].strip()
    path, _, column = place.rpartition(":")
    if not column.isdecimal():
        return frame(name, place)
    before, _, line = path.rpartition(":")
    if line.isdecimal():
        return frame(name, before, number(line), number(column))
    return frame(name, path, number(column))
