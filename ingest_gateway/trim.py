"""An event that is still too large, made smaller: what helps least goes first, and each step leaves a note."""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec
from msgspec import UNSET, Raw
from msgspec.structs import replace

from ingest_gateway.normalise.text import ENCODE, MAX_CUTS, Json, clip, compact
from schemas.error_event import Body, Cut, ErrorEvent, ExceptionInfo, Frame

Step: TypeAlias = Callable[[ErrorEvent], ErrorEvent]
NEWEST_CRUMBS: Final = 20
BODY_BYTES: Final = 2048
STACK_TEXT_BYTES: Final = 8192
FRAMES_IN_ALL: Final = 100
OUTER_SHARE: Final = 5  # one frame in five is kept from the outer end
TEXT_BYTES: Final = (4096, 1024, 256, 128)
KEPT_CONTEXTS: Final = ("trace", "runtime")


def fit(event: ErrorEvent, most_bytes: int) -> ErrorEvent:
    """`event` in at most `most_bytes` of JSON. The caller settles it again: names may have been cut."""
    for rule, step in STEPS:
        if len(ENCODE(event)) <= most_bytes:
            break
        after = step(event)
        event = after if after == event else noted(after, rule)
    return event


def noted(event: ErrorEvent, rule: str) -> ErrorEvent:
    return replace(event, cuts=(*event.cuts[: MAX_CUTS - 1], Cut(rule=rule, where="size")))


def each_frame(event: ErrorEvent, change: Callable[[Frame], Frame]) -> ErrorEvent:
    return each_exception(event, lambda info: replace(info, frames=tuple(change(frame) for frame in info.frames)))


def each_exception(event: ErrorEvent, change: Callable[[ExceptionInfo], ExceptionInfo]) -> ErrorEvent:
    return replace(event, exceptions=tuple(change(info) for info in event.exceptions))


def library_vars(event: ErrorEvent) -> ErrorEvent:
    return each_frame(event, lambda frame: frame if frame.in_app else replace(frame, vars={}))


def all_vars(event: ErrorEvent) -> ErrorEvent:
    return each_frame(event, lambda frame: replace(frame, vars={}))


def library_context(event: ErrorEvent) -> ErrorEvent:
    bare = {"context_line": "", "pre_context": (), "post_context": ()}
    return each_frame(event, lambda frame: frame if frame.in_app else replace(frame, **bare))


def outer_context(event: ErrorEvent) -> ErrorEvent:
    return each_frame(event, lambda frame: replace(frame, pre_context=(), post_context=()))


def crumb_data(event: ErrorEvent) -> ErrorEvent:
    return replace(event, breadcrumbs=tuple(replace(crumb, data={}) for crumb in event.breadcrumbs))


def old_crumbs(event: ErrorEvent) -> ErrorEvent:
    return replace(event, breadcrumbs=event.breadcrumbs[-NEWEST_CRUMBS:])


def bodies(event: ErrorEvent) -> ErrorEvent:
    request, response = event.request, event.response
    return replace(
        event,
        request=request and replace(request, body=_short(request.body)),
        response=response and replace(response, body=_short(response.body)),
    )


def _short(body: Body | None) -> Body | None:
    return body and replace(body, text=clip(body.text, BODY_BYTES))


def extra(event: ErrorEvent) -> ErrorEvent:
    return replace(event, extra=UNSET)


def contexts(event: ErrorEvent) -> ErrorEvent:
    found: Json = msgspec.json.decode(event.contexts) if isinstance(event.contexts, Raw) else {}
    kept = {name: found[name] for name in KEPT_CONTEXTS if name in found} if isinstance(found, dict) else {}
    return replace(event, contexts=Raw(compact(kept).encode()) if kept else UNSET)


def modules(event: ErrorEvent) -> ErrorEvent:
    return replace(event, modules={})


def images(event: ErrorEvent) -> ErrorEvent:
    places = {
        place
        for info in event.exceptions
        for frame in info.frames
        for place in (frame.filename, frame.abs_path, frame.package)
    }
    return replace(event, images=tuple(image for image in event.images if image.code_file in places))


def few_frames(event: ErrorEvent) -> ErrorEvent:
    most = FRAMES_IN_ALL // max(1, len(event.exceptions))
    return each_exception(event, lambda info: with_few_frames(info, most))


def with_few_frames(info: ExceptionInfo, most: int) -> ExceptionInfo:
    """Some of the outer end, most of the crash side; `frames_cut` says which are gone, as counted by the client."""
    if len(info.frames) <= most:
        return info
    outer = most // OUTER_SHARE
    crash_side = most - outer
    before = info.frames_cut or (len(info.frames), len(info.frames))
    there = len(info.frames) + before[1] - before[0]
    kept = info.frames[:outer] + info.frames[-crash_side:]
    return replace(info, frames=kept, frames_cut=(outer, there - crash_side))


def stack_texts(event: ErrorEvent) -> ErrorEvent:
    return each_exception(event, lambda info: replace(info, stack_text=clip(info.stack_text, STACK_TEXT_BYTES)))


def texts_to(cap: int) -> Step:
    """Every text of the record, whatever its place, to `cap` bytes; ids and numbers are shorter anyway."""

    def step(event: ErrorEvent) -> ErrorEvent:
        short = shortened(msgspec.json.decode(ENCODE(event)), cap)
        return msgspec.json.decode(compact(short), type=ErrorEvent)

    return step


def shortened(value: Json, cap: int) -> Json:
    if isinstance(value, str):
        return clip(value, cap)
    if isinstance(value, dict):
        return {name: shortened(given, cap) for name, given in value.items()}
    return [shortened(each, cap) for each in value] if isinstance(value, list | tuple) else value


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("library_vars", library_vars),
    ("vars", all_vars),
    ("library_context", library_context),
    ("context", outer_context),
    ("crumb_data", crumb_data),
    ("crumbs", old_crumbs),
    ("bodies", bodies),
    ("extra", extra),
    ("contexts", contexts),
    ("modules", modules),
    ("images", images),
    ("frames", few_frames),
    ("stack_text", stack_texts),
    *((f"text_{cap}", texts_to(cap)) for cap in TEXT_BYTES),
)
