"""What a partition holds in memory beside its table. Only the ids are more than a shortcut."""

from collections.abc import Callable
from typing import Final

from stream_processors.fingerprint import blocks
from stream_processors.fingerprint.blocks import Ids
from stream_processors.fingerprint.choose import Choice
from stream_processors.fingerprint.heard import Heard
from stream_processors.fingerprint.memo import Memo
from stream_processors.fingerprint.prints import Key, Prints
from stream_processors.fingerprint.stack import Stack
from stream_processors.fingerprint.table import At, Learned, ProjectRow, Recall

# Together under 64 MB in a process that has all partitions.
MAX_CHOICES: Final = 2_048
MAX_LEARNED: Final = 2_048
MAX_HOMES: Final = 4_096
MAX_PRINTS: Final = 8_192
NOWHERE: Final[At] = (-1, -1)


class Shared:
    """Of all partitions of one process: stacks by frames, prints by what they were made of, tokens without repeats.

    `alike`: prints of events that differ in values only.
    """

    def __init__(self, size: int = MAX_PRINTS) -> None:
        self.size = size
        self.stacks: Memo[tuple[str, bytes], Stack] = Memo(size)
        self.prints: Memo[tuple[int, bytes], Prints] = Memo(size)
        self.alike: Memo[tuple[int, bytes, Heard], Prints] = Memo(size)
        self.tokens = 0

    def token(self) -> int:
        self.tokens += 1
        return self.tokens


class Cache:
    """`tokens` names the set of helpers of a home; `choices` what was settled since the last command."""

    def __init__(self, recall: Recall, shared: Shared) -> None:
        self.ids: Ids = blocks.warm(recall)
        self.shared = shared
        self.last: At = NOWHERE
        self.tokens: dict[str, int] = {}
        self.choices: Memo[tuple[int, tuple[Key, ...]], Choice] = Memo(min(shared.size, MAX_CHOICES))
        self.learned: Memo[tuple[str, bytes], Learned] = Memo(min(shared.size, MAX_LEARNED))
        self.projects: dict[int, ProjectRow] = {}

    def token(self, home_key: str) -> int:
        found = self.tokens.get(home_key)
        if found is None:
            if len(self.tokens) >= MAX_HOMES:
                self.tokens.clear()
            found = self.tokens[home_key] = self.shared.token()
        return found

    def helpers_changed(self, home_key: str) -> None:
        """Another set of helpers from the next event on."""
        self.tokens.pop(home_key, None)
        self.choices.clear()

    def commanded(self) -> None:
        """A command changes where keys lead."""
        self.choices.clear()
        self.projects.clear()
        self.tokens.clear()

    def moved_to(self, at: At, recall: Recall) -> None:
        """Going back means that what was decided since was never written: forget it."""
        if self.last[0] == at[0] and at[1] <= self.last[1]:
            self.ids = blocks.warm(recall)
            self.learned.clear()
            self.commanded()
        self.last = at


def warmer(shared: Shared) -> Callable[[Recall], Cache]:
    def warm(recall: Recall) -> Cache:
        return Cache(recall, shared)

    return warm
