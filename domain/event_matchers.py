"""What a fingerprint rule asks of an event: globs over its fields, frames and exceptions (grouping.md 6.1)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import msgspec
import re2

from domain.exception_types import JVM_PLATFORMS, SCRIPT_PLATFORMS
from schemas.error_event import ErrorEvent, ExceptionInfo, Frame

MAX_PATTERN: Final = 500
ALIASES: Final = {
    "error.type": "type",
    "error.value": "value",
    "stack.function": "function",
    "stack.module": "module",
    "stack.abs_path": "path",
    "stack.package": "package",
}
IN_FRAMES: Final[dict[str, Callable[[Frame], tuple[str, ...]]]] = {
    "function": lambda frame: (frame.function,),
    "module": lambda frame: (frame.module,),
    "path": lambda frame: tuple(map(slashed, (frame.abs_path or frame.filename, frame.filename))),
    "package": lambda frame: (slashed(frame.package),),
    "app": lambda frame: ("yes" if frame.in_app else "no", "true" if frame.in_app else "false"),
}
IN_EXCEPTIONS: Final[dict[str, Callable[[ExceptionInfo], tuple[str, ...]]]] = {
    "type": lambda raised: (raised.type,),
    "value": lambda raised: (raised.value,),
}
IN_EVENT: Final[dict[str, Callable[[ErrorEvent], tuple[str, ...]]]] = {
    "message": lambda event: tuple(said(event)),
    "logger": lambda event: (event.logger,),
    "level": lambda event: (event.level.value,),
    "family": lambda event: (family(event.platform),),
    "sdk": lambda event: (event.sdk.split("/", 1)[0], event.sdk),
    "release": lambda event: (event.release,),
}
ANY_CASE: Final = frozenset({"value", "message", "level", "path", "package", "release"})
PATHS: Final = frozenset({"path", "package"})
TAG: Final = "tags."


class Pattern(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> object | None: ...


class Matcher(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` is what the glob became, compiled once; `field` has no alias any more."""

    field: str
    pattern: Pattern
    negated: bool = False


def is_field(name: str) -> bool:
    name = ALIASES.get(name, name)
    known = name in IN_FRAMES or name in IN_EXCEPTIONS or name in IN_EVENT
    return known or (name.startswith(TAG) and len(name) > len(TAG))


def matcher(name: str, glob: str, negated: bool) -> Matcher:
    """Raises re2.error when the glob is no pattern."""
    field = ALIASES.get(name, name)
    return Matcher(field=field, pattern=re2.compile(expression(glob, field)), negated=negated)


def expression(glob: str, field: str) -> str:
    """A glob as RE2: `*` stays within a folder where paths are meant, `**` does not."""
    inner, outer = ("[^/]", ".") if field in PATHS else (".", ".")
    glob = slashed(glob) if field in PATHS else glob
    pieces: list[str] = []
    at = 0
    while at < len(glob):
        at, piece = _piece(glob, at, inner, outer)
        pieces.append(piece)
    return f"(?s{'i' if field in ANY_CASE else ''})^{''.join(pieces)}$"


def _piece(glob: str, at: int, inner: str, outer: str) -> tuple[int, str]:
    if glob.startswith("**/", at):
        return at + 3, f"(?:{outer}*/)?"
    if glob.startswith("**", at):
        return at + 2, f"{outer}*"
    if glob[at] == "*":
        return at + 1, f"{inner}*"
    if glob[at] == "?":
        return at + 1, inner
    close = glob.find("]", at + 2) if glob[at] == "[" else -1
    if close > 0:
        letters = glob[at + 1 : close]
        negation = "^" if letters[0] in "!^" else ""
        return close + 1, f"[{negation}{_class(letters[len(negation) :])}]"
    return at + 1, re2.escape(glob[at])


def _class(letters: str) -> str:
    return letters.replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")


def holds(matchers: Iterable[Matcher], event: ErrorEvent) -> bool:
    """All of them; the ones on frames for one frame, the ones on exceptions for one exception."""
    every = list(matchers)
    on_frames = [each for each in every if each.field in IN_FRAMES]
    on_exceptions = [each for each in every if each.field in IN_EXCEPTIONS]
    rest = [each for each in every if each.field not in IN_FRAMES and each.field not in IN_EXCEPTIONS]
    if not all(fits(each, of_event(each.field, event)) for each in rest):
        return False
    if on_exceptions and not any(
        all(fits(each, IN_EXCEPTIONS[each.field](raised)) for each in on_exceptions) for raised in event.exceptions
    ):
        return False
    return not on_frames or any(
        all(fits(each, IN_FRAMES[each.field](frame)) for each in on_frames) for frame in frames(event)
    )


def fits(matcher: Matcher, values: Iterable[str]) -> bool:
    """Any of the values fits; negated: none does."""
    found = any(value != "" and matcher.pattern.search(value) is not None for value in values)
    return found != matcher.negated


def of_event(field: str, event: ErrorEvent) -> tuple[str, ...]:
    if field.startswith(TAG):
        return (event.tags.get(field[len(TAG) :], ""),)
    return IN_EVENT[field](event)


def said(event: ErrorEvent) -> Iterator[str]:
    """The message, and the values of all exceptions."""
    if event.message is not None:
        yield from (event.message.formatted, event.message.template)
    yield from (raised.value for raised in event.exceptions)


def frames(event: ErrorEvent) -> Iterator[Frame]:
    for raised in event.exceptions:
        yield from raised.frames


def family(platform: str) -> str:
    if platform in SCRIPT_PLATFORMS:
        return "javascript"
    return "native" if platform in ("native", "cocoa", "c", "objc", "swift", "rust") else _other(platform)


def _other(platform: str) -> str:
    return "java" if platform in JVM_PLATFORMS else "other"


def slashed(path: str) -> str:
    return path.replace("\\", "/")
