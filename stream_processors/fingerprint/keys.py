"""The keys of an event: crash site, crash path and the rest (grouping.md 4)."""

from collections.abc import Sequence

from domain.ids import digest_bytes
from domain.roots import type_chain
from domain.skeleton import skeleton
from schemas.kinds import Matched
from stream_processors.fingerprint.frames import SlimFrame
from stream_processors.fingerprint.incoming import SlimEvent
from stream_processors.fingerprint.prints import VERSION, Key, Prints, Why
from stream_processors.fingerprint.stack import Stack, walk


def fingerprints(event: SlimEvent, frames: Sequence[SlimFrame]) -> Prints:
    types = ">".join(type_chain(event.exceptions, event.root, event.platform))
    stack = walk(frames, event.platform)
    said = skeleton(said_text(event))
    keys = _custom(event) or (_stack_keys(types, stack) if stack.symbols else (_key(Matched.MESSAGE, types, said),))
    anchor = stack.symbols[0].name if stack.symbols else ""
    why = Why(
        v=VERSION,
        type=event.root_type,
        anchor=anchor,
        statement=stack.symbols[0].statement if stack.symbols else "",
        message=said,
        symbols=tuple(each.name for each in stack.symbols),
        keys={key.kind.value: key.digest.hex() for key in keys},
    )
    return Prints(
        search=keys,
        anchor=digest_bytes(anchor)[:8] if anchor else b"",
        said=digest_bytes(said)[:8],
        title=title(event),
        place=place(frames, stack),
        why=why,
    )


def _stack_keys(types: str, stack: Stack) -> tuple[Key, ...]:
    names = [each.name for each in stack.symbols]
    site = _key(Matched.SITE, types, names[0], stack.symbols[0].statement)
    return site, _key(Matched.PATH, types, *names)


def _custom(event: SlimEvent) -> tuple[Key, ...]:
    custom = event.custom
    if custom is None or custom.has_default or not custom.parts:
        return ()
    return (_key(Matched.CUSTOM, *custom.parts),)


def _key(kind: Matched, *parts: str) -> Key:
    return Key(kind, digest_bytes(VERSION, kind.value, *parts))


def said_text(event: SlimEvent) -> str:
    """What the root exception says, else the message; a logger's template is better than its text."""
    if event.root >= 0 and event.exceptions[event.root].value:
        return event.exceptions[event.root].value
    if event.message is None:
        return ""
    return event.message.template if event.message.params else event.message.formatted


def title(event: SlimEvent) -> str:
    """Type and first line of what was said."""
    if event.custom is not None and event.custom.title:
        return event.custom.title[:200]
    text = said_shown(event).strip().split("\n", 1)[0].strip()
    kind = shown_type(event)
    return (f"{kind}: {text}" if kind and text else kind or text or "(no message)")[:200]


def said_shown(event: SlimEvent) -> str:
    if event.root >= 0 and event.exceptions[event.root].value:
        return event.exceptions[event.root].value
    return event.message.formatted if event.message is not None else ""


def shown_type(event: SlimEvent) -> str:
    """The root's type as people know it: raw where the canonical one only says `crash`."""
    if event.root < 0 or not event.root_type:
        return ""
    return event.root_type if event.root_type not in ("crash", "(none)") else event.exceptions[event.root].type


def place(frames: Sequence[SlimFrame], stack: Stack) -> str:
    """`file:line` of the anchor."""
    if not stack.places:
        return ""
    frame = frames[stack.places[0]]
    file = frame.filename or frame.abs_path or frame.package
    return (f"{file[-180:]}:{frame.lineno}" if frame.lineno else file)[-200:]
