"""Stack frames: every spelling of one, libraries told apart, runs folded, long stacks cut."""

from typing import Final

import msgspec

from ingest_gateway.normalise.in_app import claimed, in_app
from ingest_gateway.normalise.shapes import listed, obj, pairs, truth, whole
from ingest_gateway.normalise.text import Json, Object, Texts
from ingest_gateway.normalise.urls import bare_path
from ingest_gateway.normalise.wire import WireFrame, fitting
from schemas.error_event import Frame

OUTER: Final = 50
CRASH_SIDE: Final = 200
MAX_FRAMES: Final = OUTER + CRASH_SIDE
CONTEXT_LINES: Final = 5
MAX_VARS: Final = 50


class Stack(msgspec.Struct, frozen=True):
    """Frames outermost first; `cut` is (from, to) of those left out; `text` what could not be read as frames."""

    frames: tuple[Frame, ...] = ()
    cut: tuple[int, int] | None = None
    text: str = ""


class FrameReader:
    """Reads the frames of one event, whose `platform` a frame repeats only when it differs."""

    def __init__(self, texts: Texts, platform: str, prefixes: tuple[str, ...] = ()) -> None:
        self.texts = texts
        self.platform = platform
        self.prefixes = prefixes

    def stack(self, value: Json) -> Stack:
        """`{frames}`, a bare list, or text."""
        if isinstance(value, str):
            return Stack(text=value)
        found = obj(value).get("frames") if isinstance(value, dict) else value
        if isinstance(found, str):
            return Stack(text=found)
        raw = [frame for frame in listed(found) if isinstance(frame, dict)]
        kept, cut = shortened(raw)
        if cut is not None:
            self.texts.notes.add("frames", "stacktrace", cut[1] - cut[0])
        decide = all(frame.get("in_app") is None for frame in kept)
        quick = fitting(kept, list[WireFrame]) if self.texts.plain else None
        if quick is not None:
            return Stack(folded([self.quick(frame, decide) for frame in quick]), cut)
        return Stack(folded([self.frame(frame, decide) for frame in kept]), cut)

    def quick(self, wire: WireFrame, decide: bool) -> Frame:
        """The same as `frame`, of one that is as the protocol says."""
        module = wire.module or ""
        filename, path = bare_path(wire.filename or ""), bare_path(wire.abs_path or "")
        return Frame(
            function=wire.function or wire.raw_function or "",
            module=module,
            filename=filename or path,
            abs_path="" if path == filename or not filename else path,
            lineno=wire.lineno or 0,
            colno=wire.colno or 0,
            in_app=self.ours(wire.in_app, decide, module, path or filename),
            platform="" if wire.platform == self.platform else wire.platform or "",
            context_line=wire.context_line or "",
            pre_context=tuple(wire.pre_context[-CONTEXT_LINES:]) if wire.pre_context else (),
            post_context=tuple(wire.post_context[:CONTEXT_LINES]) if wire.post_context else (),
            vars=self.variables(wire.vars),
            package=wire.package or "",
            instruction_addr=wire.instruction_addr or "",
        )

    def frame(self, raw: Object, decide: bool) -> Frame:
        """One frame; `decide`: the client said of no frame whose it is."""
        take = self.texts.take
        module = take(raw.get("module"), 256, "frame.module")
        filename = bare_path(take(raw.get("filename"), 2048, "frame.filename"))
        path = bare_path(take(raw.get("abs_path"), 2048, "frame.abs_path"))
        platform = take(raw.get("platform"), 32, "frame.platform")
        return Frame(
            function=take(raw.get("function") or raw.get("raw_function"), 512, "frame.function"),
            module=module,
            filename=take(filename or path, 512, "frame.filename"),
            abs_path="" if path == filename or not filename else take(path, 512, "frame.abs_path"),
            lineno=whole(raw.get("lineno")) or 0,
            colno=whole(raw.get("colno")) or 0,
            in_app=self.ours(raw.get("in_app"), decide, module, path or filename),
            platform="" if platform == self.platform else platform,
            context_line=take(raw.get("context_line"), 512, "frame.context_line"),
            pre_context=self.lines(raw.get("pre_context"), slice(-CONTEXT_LINES, None)),
            post_context=self.lines(raw.get("post_context"), slice(CONTEXT_LINES)),
            vars=self.variables(raw.get("vars")),
            package=take(raw.get("package"), 256, "frame.package"),
            instruction_addr=take(raw.get("instruction_addr"), 18, "frame.instruction_addr"),
        )

    def ours(self, said: Json, decide: bool, module: str, path: str) -> bool:
        if self.prefixes and claimed(self.prefixes, module, path):
            return True
        return in_app(module, path) if decide else truth(said) is True

    def lines(self, value: Json, kept: slice) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            return ()
        take = self.texts.take
        return tuple([take(line, 256, "frame.context") for line in value[kept]])

    def variables(self, value: Json) -> dict[str, str]:
        if not value or not isinstance(value, dict | list):
            return {}
        take = self.texts.take
        if isinstance(value, dict) and len(value) <= MAX_VARS and self.texts.plain:
            return {take(name, 128, "frame.vars"): self.variable(given) for name, given in value.items()}
        found = list(pairs(value))
        if len(found) > MAX_VARS:
            self.texts.notes.add("vars", "frame.vars", len(found) - MAX_VARS)
        return {take(name, 128, "frame.vars"): take(text, 1024, "frame.vars") for name, text in found[:MAX_VARS]}

    def variable(self, given: Json) -> str:
        """Most are short texts: of a plain event they need no reading."""
        if type(given) is str and len(given) <= 1024:
            return given
        return self.texts.take(given, 1024, "frame.vars")


def shortened(raw: list[Object]) -> tuple[list[Object], tuple[int, int] | None]:
    """50 outermost and 200 crash-side frames, and which were left out."""
    if len(raw) <= MAX_FRAMES:
        return raw, None
    until = len(raw) - CRASH_SIDE
    return raw[:OUTER] + raw[until:], (OUTER, until)


def folded(frames: list[Frame]) -> tuple[Frame, ...]:
    """A run of equal frames is one with `repeated`, the number of those folded into it."""
    if len(frames) < 2:
        return tuple(frames)
    kept = [frames[0]]
    last, repeated = frames[0], 0
    for frame in frames[1:]:
        if frame.lineno == last.lineno and frame == last:
            repeated += 1
            kept[-1] = msgspec.structs.replace(last, repeated=repeated)
        else:
            kept.append(frame)
            last, repeated = frame, 0
    return tuple(kept)
