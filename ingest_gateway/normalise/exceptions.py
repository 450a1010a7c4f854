"""Exceptions of an event: cause first, the last is the primary one."""

from typing import Final

import re2
from msgspec.structs import replace

from ingest_gateway.normalise.frames import FrameReader, Stack
from ingest_gateway.normalise.quick import QuickStack
from ingest_gateway.normalise.shapes import first, listed, obj, truth, whole
from ingest_gateway.normalise.text import Json, Object, Texts
from ingest_gateway.stack_text.parse import parse
from ingest_gateway.stack_text.parsed import Parsed
from schemas.error_event import ExceptionInfo

CAUSES: Final = 4
CRASH_SIDE: Final = 6
MAX_EXCEPTIONS: Final = CAUSES + CRASH_SIDE
STACK_TEXT_BYTES: Final = 65_536
REACT: Final = "React ErrorBoundary "
MESSAGE: Final = "Message"
RAW_CODE: Final = re2.compile(r"(?i)^\s*0x[0-9a-f]+(?:\s*/\s*0x[0-9a-f]+)*\s*$")
ADDRESS: Final = re2.compile(r"(?i)[ @]*\b0x[0-9a-f]{4,16}\b")


def exceptions(event: Object, frames: FrameReader, said: bool) -> tuple[ExceptionInfo, ...]:
    """All exceptions, 10 at most; `said`: the event has a message too.

    A stack that stands apart, top-level or of a thread, goes to the primary exception when that
    has none; without any exception it becomes a synthetic one of type `Message`.
    """
    found = first(event, "exception", "sentry.interfaces.Exception")
    raw = [each for each in listed(found) if isinstance(each, dict)]
    if found and not raw:
        frames.texts.notes.add("type", "exception")
    kept = _shortened([step for each in raw for step in unfolded(each, frames.platform)], frames.texts)
    read = [_exception(each, frames, said, primary=each is kept[-1]) for each in kept]
    return tuple(_without_cycles(_with_stack(read, event, frames), frames.texts))


def unfolded(raw: Object, platform: str) -> list[Object]:
    """An exception whose stack is text, with the causes that the text tells of before it.

    Its own type and value win over those of the text; text that no parser reads stays text.
    """
    stack = raw.get("stacktrace")
    if isinstance(stack, QuickStack):
        return [raw]
    text = stack if isinstance(stack, str) else obj(stack).get("frames")
    if not isinstance(text, str) or not text:
        return [raw]
    found = parse(text, platform)
    if not found:
        return [raw]
    steps: list[Object] = [_step(each) for each in found]
    said = {name: value for name, value in raw.items() if value not in (None, "") and name != "stacktrace"}
    return [*steps[:-1], steps[-1] | said]


def _step(found: Parsed) -> Object:
    stack: Object = {"frames": list(found.frames), "text": True}
    named: Object = {"type": found.type, "value": found.value, "module": found.module}
    return {name: value for name, value in named.items() if value} | {"stacktrace": stack}


def _shortened(raw: list[Object], texts: Texts) -> list[Object]:
    if len(raw) <= MAX_EXCEPTIONS:
        return raw
    texts.notes.add("exceptions", "exception", len(raw) - MAX_EXCEPTIONS)
    return raw[:CAUSES] + raw[-CRASH_SIDE:]


def _exception(raw: Object, frames: FrameReader, said: bool, primary: bool) -> ExceptionInfo:
    texts = frames.texts
    mechanism = obj(raw.get("mechanism"))
    name = raw["mechanism"] if isinstance(raw.get("mechanism"), str) else mechanism.get("type")
    stack = frames.stack(first(raw, "stacktrace", "raw_stacktrace"))
    kind = type_name(texts.word(raw.get("type"), 128, "exception.type"))
    lone = not kind and said and bool(stack.frames or stack.text)
    return ExceptionInfo(
        type=MESSAGE if lone else kind or "Error",
        value=texts.take(raw.get("value"), 8192 if primary else 1024, "exception.value"),
        module=texts.word(raw.get("module"), 256, "exception.module"),
        handled=truth(mechanism.get("handled")),
        mechanism=texts.word(name, 64, "exception.mechanism"),
        synthetic=lone or truth(mechanism.get("synthetic")) is True or kind.startswith(REACT),
        exception_id=whole(mechanism.get("exception_id")),
        parent_id=whole(mechanism.get("parent_id")),
        is_group=truth(mechanism.get("is_exception_group")) is True,
        frames=stack.frames,
        frames_cut=stack.cut,
        stack_text=texts.take(stack.text, STACK_TEXT_BYTES, "exception.stacktrace"),
        stack_from=_source(raw, stack),
    )


def _source(raw: Object, stack: Stack) -> str:
    if not stack.frames:
        return "text" if stack.text else ""
    return "text" if obj(raw.get("stacktrace")).get("text") is True else "client"


def type_name(text: str) -> str:
    """Without addresses and generics; a bare crash code is `crash`."""
    if "0x" in text or "0X" in text:
        if RAW_CODE.search(text):
            return "crash"
        text = ADDRESS.sub("", text).strip() or text
    cut = text.find("<")
    if cut > 0 and text.endswith(">"):
        return text[:cut].rstrip()
    generic, tick, _ = text.partition("`")  # .NET: `Box`1[System.Int32]`
    return generic if tick and generic else text


def _with_stack(found: list[ExceptionInfo], event: Object, frames: FrameReader) -> list[ExceptionInfo]:
    if found and (found[-1].frames or found[-1].stack_text):
        return found
    apart = _apart(event, frames)
    if not apart.frames:
        return found
    if not found:
        found = [ExceptionInfo(type=MESSAGE, synthetic=True)]
    found[-1] = replace(found[-1], frames=apart.frames, frames_cut=apart.cut, stack_from="thread")
    return found


def _apart(event: Object, frames: FrameReader) -> Stack:
    """A stack at top level, else that of the crashed thread, else of the current one."""
    top = frames.stack(first(event, "stacktrace", "sentry.interfaces.Stacktrace"))
    if top.frames:
        return top
    threads = [each for each in listed(event.get("threads")) if isinstance(each, dict)]
    for mark in ("crashed", "current"):
        for thread in threads:
            if truth(thread.get(mark)):
                return frames.stack(thread.get("stacktrace"))
    return frames.stack(threads[0].get("stacktrace")) if len(threads) == 1 else Stack()


def _without_cycles(found: list[ExceptionInfo], texts: Texts) -> list[ExceptionInfo]:
    parents = {each.exception_id: each.parent_id for each in found if each.exception_id is not None}
    if not any(parent is not None for parent in parents.values()):
        return found
    return [_acyclic(each, parents, texts) for each in found]


def _acyclic(info: ExceptionInfo, parents: dict[int, int | None], texts: Texts) -> ExceptionInfo:
    """A parent that is, by way of its own parents, this exception again is no parent."""
    above = info.parent_id
    for _ in range(MAX_EXCEPTIONS):
        if above is None or above == info.exception_id:
            break
        above = parents.get(above)
    if above is None:
        return info
    texts.notes.add("cycle", "exception.parent_id")
    return replace(info, parent_id=None)


def handled(found: tuple[ExceptionInfo, ...], said: Json = None) -> bool | None:
    """False if any exception was not handled, true if any was, else unknown."""
    words = {each.handled for each in found} | {truth(said)}
    return False if False in words else True if True in words else None
