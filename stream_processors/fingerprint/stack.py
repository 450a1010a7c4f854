"""The walk from the crash outward: which frames of a stack count (grouping.md 3.4)."""

from collections.abc import Sequence
from typing import Final

import msgspec

from stream_processors.fingerprint.frames import SlimFrame, Symbol, symbol

MAX_VISITED: Final = 64
MAX_SYMBOLS: Final = 8
MAX_LIBRARY: Final = 5


class Stack(msgspec.Struct, frozen=True):
    """The frames that count, crash first, each with its place in the event's frames."""

    symbols: tuple[Symbol, ...] = ()
    places: tuple[int, ...] = ()
    dropped: dict[str, int] = {}


def walk(frames: Sequence[SlimFrame], platform: str) -> Stack:
    own = any(frame.in_app for frame in frames)
    symbols: list[Symbol] = []
    places: list[int] = []
    for place in range(len(frames) - 1, max(-1, len(frames) - 1 - MAX_VISITED), -1):
        frame = frames[place]
        found = symbol(frame, platform) if frame.in_app or not own else None
        if found is not None:
            symbols.append(found)
            places.append(place)
        if len(symbols) == (MAX_SYMBOLS if own else MAX_LIBRARY):
            break
    return Stack(tuple(symbols), tuple(places))
