"""The walk from the crash outward: which frames of a stack count (grouping.md 3.4)."""

from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec
from msgspec import Raw

from stream_processors.fingerprint.frames import symbol
from stream_processors.fingerprint.noise import MINIFIED, NAMELESS, STRIPPED
from stream_processors.fingerprint.paths import is_system_image
from stream_processors.fingerprint.slim import FRAMES, LINES, SlimFrame, Symbol

MAX_VISITED: Final = 64
MAX_NAMED: Final = 8
MAX_LIBRARY: Final = 5
LONGEST_CYCLE: Final = 4
MAX_FILE: Final = 180
RECURSION: Final = "recursion"


class Stack(msgspec.Struct, frozen=True):
    """The frames that count, crash first, each with `file:line` for people.

    `top`: names of the last four before recursion was folded; `crash_path`: of the innermost frame, counted or not.
    """

    symbols: tuple[Symbol, ...] = ()
    spots: tuple[str, ...] = ()
    app: bool = False
    top: tuple[str, ...] = ()
    dropped: dict[str, int] = {}
    crash_path: str = ""
    places: tuple[int, ...] = ()  # while it is walked: indexes in the event's frames

    @property
    def is_named(self) -> bool:
        return any(each.function for each in self.symbols)

    @property
    def is_minified(self) -> bool:
        """Nothing is left but frames that a minifier named."""
        if not self.is_named:
            return MINIFIED in self.dropped
        return all(each.minified for each in self.symbols)

    @property
    def has_source(self) -> bool:
        return any(each.line for each in self.symbols)


class Depth(IntEnum):
    """How much of a stack is looked at; the next one only when nothing with a name was found."""

    OWN = 0  # of the application
    LIBRARY = 1
    NOISE = 2


def stack_of(raw: Raw, platform: str) -> Stack:
    """The stack in the undecoded frames of an exception. Raises msgspec.DecodeError when they are none."""
    frames = FRAMES.decode(raw)
    if not frames:
        return Stack()
    found = walk(frames, platform)
    lines = LINES.decode(raw)
    return msgspec.structs.replace(
        found,
        spots=tuple(spot(frames[place], lines[place].lineno) for place in found.places),
        places=(),
        crash_path=frames[-1].abs_path or frames[-1].filename,
    )


def spot(frame: SlimFrame, line: int) -> str:
    file = frame.filename or frame.abs_path or frame.package
    return f"{file[-MAX_FILE:]}:{line}" if line else file[-MAX_FILE:]


def walk(frames: Sequence[SlimFrame], platform: str) -> Stack:
    """Application frames only, if there are any that count; else a few of the library; at last whatever is there."""
    if any(map(is_own, frames)):
        own = _walk(frames, platform, Depth.OWN)
        if own.symbols:
            return own
    found = _walk(frames, platform, Depth.LIBRARY)
    if found.is_named or not found.dropped:
        return found
    last = _walk(frames, platform, Depth.NOISE)
    return last if last.is_named else found


def is_own(frame: SlimFrame) -> bool:
    """Flags of native frames are often guesses: an image of the system is never the application's."""
    return frame.in_app and not (frame.package and is_system_image(frame.package))


def _walk(frames: Sequence[SlimFrame], platform: str, depth: Depth) -> Stack:
    walking = Walking()
    own = depth == Depth.OWN
    for place in range(len(frames) - 1, max(-1, len(frames) - 1 - MAX_VISITED), -1):
        if own and not is_own(frames[place]):
            continue
        found = symbol(frames[place], platform)
        if isinstance(found, str):
            if own and found == STRIPPED and not walking.kept:
                return Stack()  # the application's frame at the crash is unknown: what is behind it tells nothing
            walking.dropped[found] += 1
        elif found.noise and depth != Depth.NOISE:
            walking.dropped[found.noise] += 1
        elif not own or not found.library:
            walking.take(place, found)
            if walking.named >= MAX_NAMED or (not own and len(walking.kept) >= MAX_LIBRARY):
                break
    return walking.stack(own)


class Walking:
    """What the walk has kept so far."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, Symbol]] = []
        self.top: list[str] = []
        self.dropped: Counter[str] = Counter()
        self.named = 0

    def take(self, place: int, found: Symbol) -> None:
        if not found.function and not found.line and found.script:
            self.dropped[MINIFIED if found.minified else NAMELESS] += 1
            return
        self.kept.append((place, found))
        self.top.append(found.name)
        cut = collapse(self.kept)
        self.dropped[RECURSION] += cut
        self.named = sum(1 for _, each in self.kept if each.function) if cut else self.named + bool(found.function)

    def stack(self, own: bool) -> Stack:
        return Stack(
            tuple(each for _, each in self.kept),
            app=own,
            top=tuple(self.top[:LONGEST_CYCLE]),
            dropped={why: count for why, count in self.dropped.items() if count},
            places=tuple(place for place, _ in self.kept),
        )


def collapse(kept: list[tuple[int, Symbol]]) -> int:
    """Drop the outer copy while the last 1 to 4 symbols repeat those before; return how many went."""
    gone = 0
    again = True
    while again:
        again = False
        for length in range(1, LONGEST_CYCLE + 1):
            if len(kept) >= 2 * length and _repeats(kept, length):
                del kept[-length:]
                gone += length
                again = True
    return gone


def _repeats(kept: list[tuple[int, Symbol]], length: int) -> bool:
    return all(_same(kept[-1 - back][1], kept[-1 - back - length][1]) for back in range(length))


def _same(one: Symbol, other: Symbol) -> bool:
    """Line numbers do not matter; without a name the source line has to be the same."""
    if one.function != other.function or one.module != other.module:
        return False
    return bool(one.function) or one.statement == other.statement
