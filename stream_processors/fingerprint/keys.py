"""The keys of an event: crash site, crash path and the rest (grouping.md 4)."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from domain.exception_types import CRASH, JVM_PLATFORMS
from domain.ids import digest_bytes
from schemas.kinds import Matched
from stream_processors.fingerprint.heard import Heard
from stream_processors.fingerprint.prints import Key
from stream_processors.fingerprint.slim import Symbol
from stream_processors.fingerprint.stack import Stack

MAX_CHAIN: Final = 4
LIBRARY_CHAIN: Final = 3
MAX_PATH: Final = 8
# Where source lines do not come with a stack; elsewhere one host may have them and another not.
WITHOUT_SOURCES: Final = JVM_PLATFORMS | {"native", "cocoa", "c", "cpp", "objc", "swift", "rust", "dart", "flutter"}
OVERFLOWS: Final = frozenset(["StackOverflow", "StackOverflowError", "RecursionError", "SOE"])
IsHelper: TypeAlias = Callable[[Symbol], bool]


class Subject(msgspec.Struct, frozen=True):
    """What the keys are made of. `types` is the chain, `salt` what a custom fingerprint adds to every key."""

    version: str
    root_type: str
    types: tuple[str, ...]
    platform: str
    heard: Heard
    stack: Stack
    salt: tuple[str, ...] = ()

    @property
    def with_sources(self) -> bool:
        return self.platform not in WITHOUT_SOURCES or self.stack.symbols[0].script

    def key(self, kind: Matched, *parts: str, label: str = "") -> Key:
        start = (self.version, label or kind.value, self.root_type, ">".join(self.types))
        return Key(kind, digest_bytes(*start, *parts, *(f"\x1e{part}" for part in self.salt)))


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """`chain`: the frames of the site."""

    search: tuple[Key, ...]
    taught: tuple[Key, ...] = ()
    later: tuple[Key, ...] = ()
    chain: tuple[Symbol, ...] = ()
    caller: str = ""
    weak: bool = False


def stack_keys(subject: Subject, is_helper: IsHelper) -> Keys:
    """Keys of an event with a stack that has names."""
    stack = subject.stack
    chain = chain_of(stack, is_helper)
    if is_overflow(subject):
        return Keys(search=(overflow_key(subject),), chain=chain)
    site, path = site_key(subject, chain), path_key(subject, chain)
    longer = chain_of(stack, is_helper, past=len(chain))
    later = (site_key(subject, longer),) if len(longer) > len(chain) else ()
    found = Keys(search=(site, path), later=later, chain=chain, caller=caller(stack, len(chain)))
    if not subject.with_sources:
        return found
    bare = subject.key(Matched.BARE, *path_names(stack), subject.heard.masked)
    if stack.has_source:
        return msgspec.structs.replace(found, taught=(bare,))
    return msgspec.structs.replace(found, search=(bare, site))


def path_names(stack: Stack) -> list[str]:
    return [each.name for each in stack.symbols if each.function][:MAX_PATH]


def chain_of(stack: Stack, is_helper: IsHelper, past: int = 0) -> tuple[Symbol, ...]:
    """From the crash outward through helpers and nameless frames; `past` frames count as helpers whatever they are."""
    symbols = stack.symbols
    least = LIBRARY_CHAIN if not stack.app or all(each.function[:1] in ("+", "") for each in symbols) else 1
    end = 0
    while end < min(len(symbols), MAX_CHAIN):
        found = symbols[end]
        end += 1
        if end > past and end >= least and found.function and not is_helper(found):
            break
    return symbols[:end]


def site_key(subject: Subject, chain: Sequence[Symbol]) -> Key:
    heard = subject.heard
    statements = [each.statement for each in chain if each.statement] or ([heard.program] if heard.program else [])
    if not statements:
        compiled = "" if subject.with_sources else heard.wording
        statements = [compiled or (heard.words if len(chain) > 1 and not is_signal(subject.root_type) else "")]
    return subject.key(Matched.SITE, *(each.name for each in chain), "\x1d", *statements)


def path_key(subject: Subject, chain: Sequence[Symbol]) -> Key:
    """A message with a value that nobody masked must not split where there are no source lines."""
    heard, names = subject.heard, path_names(subject.stack)
    if any(each.line for each in chain):
        return subject.key(Matched.PATH, *names, heard.words)
    return subject.key(Matched.PATH, *names, heard.program or ("" if subject.with_sources else heard.wording))


def is_signal(root_type: str) -> bool:
    """A crash of the process: what is said beside it comes from memory, not from the program."""
    return root_type == CRASH or root_type.startswith(("SIG", "EXC_", "EXCEPTION_", "KERN_"))


def caller(stack: Stack, length: int) -> str:
    """The next frame with a name beyond the anchor."""
    return next((each.name for each in stack.symbols[length:] if each.function), "")


def is_overflow(subject: Subject) -> bool:
    return subject.root_type in OVERFLOWS or "SOE" in subject.root_type


def overflow_key(subject: Subject) -> Key:
    """A recursion is named by its cycle; where it was entered does not matter."""
    names = sorted(set(subject.stack.top))
    return subject.key(Matched.SITE, "overflow", *(names if len(names) <= 2 else subject.stack.top[:1]))


def message_keys(subject: Subject) -> Keys:
    """Without a stack, or without a name in it: what was said, names kept."""
    return Keys(search=(subject.key(Matched.MESSAGE, subject.heard.words),))


def minified_keys(subject: Subject) -> Keys:
    """Nothing but minified frames: words and the last two names long enough to be real. A weak key."""
    names = [each.function for each in subject.stack.symbols if len(each.function) >= 3][:2]
    key = subject.key(Matched.MESSAGE, subject.heard.masked, *names, label="minified")
    return Keys(search=(key,), chain=subject.stack.symbols[:1], weak=True)
