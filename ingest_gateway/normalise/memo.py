"""Frames that were read before: the same bytes give the same frame. It changes speed, never an answer."""

from typing import Final

import msgspec

from schemas.error_event import Frame

MOST_BYTES: Final = 8 << 20  # of one generation; what is not asked for in two of them is forgotten
OVERHEAD: Final = 4  # a frame takes about so many times the bytes of its JSON


class Known(msgspec.Struct, frozen=True):
    """A frame as the client says whose it is, and as the rules say; `said` None: the client does not.

    `notes`: what was cut, (rule, where) -> count.
    """

    by_client: Frame
    by_rule: Frame
    said: bool | None
    notes: dict[tuple[str, str], int]


class Generation:
    def __init__(self) -> None:
        self.frames: dict[bytes, Known | None] = {}
        self.bytes = 0


class Memo:
    """Of one way to read frames: one platform, one set of prefixes. None stands for what is no frame."""

    def __init__(self) -> None:
        self.new, self.old = Generation(), Generation()

    def known(self, raw: bytes) -> Known | None:
        """KeyError when it was never read, or long ago."""
        return self.new.frames[raw]

    def older(self, raw: bytes) -> Known | None:
        """The same of the generation before, which then stays."""
        found = self.old.frames[raw]
        self.put(raw, found)
        return found

    def put(self, raw: bytes, found: Known | None) -> None:
        self.new.frames[raw] = found
        self.new.bytes += OVERHEAD * len(raw)
        if self.new.bytes > MOST_BYTES:
            self.new, self.old = Generation(), self.new


class Memos:
    """By platform and prefixes of the project."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, tuple[str, ...]], Memo] = {}

    def of(self, platform: str, prefixes: tuple[str, ...]) -> Memo:
        found = self.found.get((platform, prefixes))
        if found is None:
            if len(self.found) >= MOST_MEMOS:  # a client that invents platforms must not fill the memory
                self.found.clear()
            found = self.found[platform, prefixes] = Memo()
        return found


MOST_MEMOS: Final = 64
