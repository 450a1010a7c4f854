"""Custom fingerprints: a list of strings with variables, from a client or a server rule (grouping.md 6.1)."""

from collections.abc import Callable, Sequence
from typing import Final

import re2

from domain.skeleton import skeleton
from schemas.error_event import CustomFingerprint, ErrorEvent, ExceptionInfo, Frame

MAX_PARTS: Final = 20
MAX_PART: Final = 200
DEFAULT: Final = "default"
VARIABLE: Final = re2.compile(r"\{\{\s*([^\s{}]+)\s*\}\}")

ALIASES: Final = {
    "error.type": "type",
    "error.value": "value",
    "stack.function": "function",
    "stack.module": "module",
    "stack.abs_path": "path",
    "abs_path": "path",
    "stack.package": "package",
}


def client_fingerprint(event: ErrorEvent) -> CustomFingerprint | None:
    """What the client asked for; None when that is nothing special."""
    return resolved(event, event.fingerprint)


def resolved(event: ErrorEvent, parts: Sequence[str]) -> CustomFingerprint | None:
    """Variables replaced, the default taken out. None: no parts, or nothing but the default."""
    names = [_lone_variable(part) for part in parts[:MAX_PARTS]]
    kept = tuple(resolve(event, part)[:MAX_PART] for part, name in zip(parts, names, strict=False) if name != DEFAULT)
    return CustomFingerprint(parts=kept, has_default=DEFAULT in names) if kept else None


def resolve(event: ErrorEvent, part: str) -> str:
    """One part. Unknown variables of a client stay as they are written; rules refuse them when saved."""
    if part and part in said(event):
        return skeleton(part)
    if "{{" not in part:
        return part
    pieces: list[str] = []
    end = 0
    for found in VARIABLE.finditer(part):
        pieces += [part[end : found.start()], variable(event, found[1], found[0])]
        end = found.end()
    return "".join([*pieces, part[end:]])


def variable(event: ErrorEvent, name: str, unknown: str) -> str:
    name = ALIASES.get(name, name)
    if name.startswith("tags."):
        return event.tags.get(name[5:]) or f"<no-value-for-tag-{name[5:]}>"
    read = VARIABLES.get(name)
    if read is None:
        return unknown
    return read(event) or f"<no-{name}>"


def is_variable(name: str) -> bool:
    """Whether rules may use it."""
    name = ALIASES.get(name, name)
    return name == DEFAULT or name in VARIABLES or (name.startswith("tags.") and len(name) > 5)


def message_text(event: ErrorEvent) -> str:
    """The message of the event, else the value of the outermost exception."""
    if event.message is not None and event.message.formatted:
        return event.message.formatted
    return outermost(event).value


def said(event: ErrorEvent) -> set[str]:
    """Texts that carry values: a part equal to one of them stands for its skeleton."""
    texts = {raised.value for raised in event.exceptions}
    if event.message is not None:
        texts |= {event.message.formatted, event.message.template}
    return texts - {""}


def outermost(event: ErrorEvent) -> ExceptionInfo:
    return event.exceptions[-1] if event.exceptions else NOBODY


def crash_frame(event: ErrorEvent) -> Frame:
    """The innermost application frame of the outermost stack, else its innermost frame."""
    for raised in reversed(event.exceptions):
        if raised.frames:
            own = (frame for frame in reversed(raised.frames) if frame.in_app)
            return next(own, raised.frames[-1])
    return NOWHERE


def _lone_variable(part: str) -> str:
    found = VARIABLE.fullmatch(part.strip())
    return str(found[1]) if found else ""


NOBODY: Final = ExceptionInfo(type="")
NOWHERE: Final = Frame()
VARIABLES: Final[dict[str, Callable[[ErrorEvent], str]]] = {
    "type": lambda event: outermost(event).type,
    "value": lambda event: skeleton(outermost(event).value),
    "message": lambda event: skeleton(message_text(event)),
    "function": lambda event: crash_frame(event).function,
    "module": lambda event: crash_frame(event).module,
    "path": lambda event: crash_frame(event).abs_path or crash_frame(event).filename,
    "package": lambda event: crash_frame(event).package,
    "transaction": lambda event: event.transaction,
    "level": lambda event: event.level.value,
    "logger": lambda event: event.logger,
}
