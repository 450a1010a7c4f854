"""Stack frames: every spelling of one, libraries told apart, runs folded, long stacks cut."""

from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from ingest_gateway.decode import decode
from ingest_gateway.normalise.in_app import claimed, in_app
from ingest_gateway.normalise.memo import Known, Memos
from ingest_gateway.normalise.quick import QuickStack
from ingest_gateway.normalise.shapes import listed, obj, pairs, truth, whole
from ingest_gateway.normalise.text import Json, Object, Texts
from ingest_gateway.normalise.urls import bare_path
from schemas.error_event import Frame
from schemas.verdict import Kept

T = TypeVar("T")
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

    def __init__(self, texts: Texts, platform: str, prefixes: tuple[str, ...] = (), memos: Memos | None = None) -> None:
        self.texts = texts
        self.platform = platform
        self.prefixes = prefixes
        self.memo = (memos or Memos()).of(platform, prefixes)

    def stack(self, value: Json) -> Stack:
        """`{frames}`, a bare list, or text."""
        if isinstance(value, QuickStack):
            return self.remembered(value.frames)
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
        return Stack(folded([self.frame(frame, decide) for frame in kept]), cut)

    def remembered(self, raws: list[Raw]) -> Stack:
        """The same, of frames that are still bytes: most were read before."""
        kept, cut = shortened(raws)
        if cut is not None:
            self.texts.notes.add("frames", "stacktrace", cut[1] - cut[0])
        found = [known for raw in kept if (known := self.known(bytes(raw))) is not None]
        decide = all(known.said is None for known in found)
        for known in found:
            for (rule, where), count in known.notes.items():
                self.texts.notes.add(rule, where, count)
        return Stack(folded([known.by_rule if decide else known.by_client for known in found]), cut)

    def known(self, raw: bytes) -> Known | None:
        try:
            return self.memo.known(raw)
        except KeyError:
            pass
        try:
            return self.memo.older(raw)
        except KeyError:
            found = self.learnt(raw)
            self.memo.put(raw, found)
            return found

    def learnt(self, raw: bytes) -> Known | None:
        """Leniently: what is skipped as bytes was not checked, neither its UTF-8 nor its numbers."""
        read = decode(raw)
        if not isinstance(read, Kept):
            return None
        value = read.value
        reader = FrameReader(Texts(), self.platform, self.prefixes)
        by_rule = reader.frame(value, decide=True)
        said = value.get("in_app")
        ours = reader.ours(said, False, by_rule.module, by_rule.abs_path or by_rule.filename)
        by_client = msgspec.structs.replace(by_rule, in_app=ours)
        return Known(by_client, by_rule, None if said is None else ours, reader.texts.notes.counts)

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
        found = list(pairs(value))
        if len(found) > MAX_VARS:
            self.texts.notes.add("vars", "frame.vars", len(found) - MAX_VARS)
        return {take(name, 128, "frame.vars"): take(text, 1024, "frame.vars") for name, text in found[:MAX_VARS]}


def shortened(raw: list[T]) -> tuple[list[T], tuple[int, int] | None]:
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
