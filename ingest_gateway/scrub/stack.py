"""Exceptions and their frames: values, source lines, variables. Names of code and places in it stay."""

from typing import Final

from msgspec.structs import replace

from ingest_gateway.normalise.text import ENCODE
from ingest_gateway.scrub.free_text import FreeText
from ingest_gateway.scrub.keys import without_keys
from ingest_gateway.scrub.scrubber import SOURCE
from schemas.error_event import ExceptionInfo, Frame

KEY_MARK: Final = "-----"


def exception(info: ExceptionInfo, free: FreeText) -> ExceptionInfo:
    return replace(
        info,
        value=free.text(info.value),
        mechanism=free.scrubber.text(info.mechanism, free.tally),
        stack_text=free.scrubber.text(info.stack_text, free.tally) if info.stack_text else "",
        frames=frames(info.frames, free),
    )


def frames(found: tuple[Frame, ...], free: FreeText) -> tuple[Frame, ...]:
    """One scan over the text of all frames, then one for each; paths and names are not looked at."""
    scan = free.scrubber.prefilter.search
    if not found or not scan(ENCODE([texts_of(each) for each in found])):
        return found
    return tuple(frame(each, free) if scan(ENCODE(texts_of(each))) else each for each in found)


def texts_of(found: Frame) -> tuple[object, ...]:
    return (found.context_line, found.pre_context, found.post_context, found.vars, found.package)


def frame(found: Frame, free: FreeText) -> Frame:
    lines = (*found.pre_context, found.context_line, *found.post_context)
    if any(KEY_MARK in line for line in lines):
        lines = without_keys(lines, free.tally)
    clean = tuple(free.scrubber.text(line, free.tally, SOURCE) for line in lines)
    at = len(found.pre_context)
    return replace(
        found,
        pre_context=clean[:at],
        context_line=clean[at],
        post_context=clean[at + 1 :],
        vars=free.mapping(found.vars, "vars"),
        package=free.scrubber.text(found.package, free.tally),
    )
