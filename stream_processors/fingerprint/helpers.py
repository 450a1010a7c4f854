"""Shared functions that raise for others: the site of a crash lies behind them (grouping.md 5.2)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from stream_processors.fingerprint.slim import Symbol
from stream_processors.fingerprint.table import LAYOUT, At, Learned

VERBS: Final = frozenset(
    [
        *("assert", "ensure", "invariant", "check", "verify", "require", "guard", "expect", "fail", "panic", "raise"),
        *("throw", "must", "unwrap", "die", "abort", "bail"),
    ]
)
NAMES: Final = frozenset(
    [
        *("isTrue", "notNull", "checkNotNull", "requireNonNull", "wrapper", "wrapped", "decorated", "inner", "traced"),
        *("invoke", "call", "apply", "request", "fetch", "send", "execute", "query"),
        *("__call", "__callStatic", "__getattr__", "noSuchMethod"),
    ]
)
CLASSES: Final = frozenset(
    ["Guard", "Check", "Checks", "Assert", "Assertions", "Preconditions", "Validate", "Invariants", "Objects"]
)
MAX_CALLERS: Final = 8
MAX_SAID: Final = 8
PROMOTING_CALLERS: Final = 3
SHORT: Final = 4


def is_starter(symbol: Symbol) -> bool:
    """Whether its name says that it raises for others."""
    name = symbol.function.replace("::", ".").replace("#", ".").replace("\\", ".")
    scope, _, last = name.rpartition(".")
    if last in NAMES or begins_with_verb(last):
        return True
    owner = scope.rsplit(".", 1)[-1] if scope else symbol.module.replace("\\", ".").rsplit(".", 1)[-1]
    return owner in CLASSES


def begins_with_verb(name: str) -> bool:
    """`check`, `check_valid`, `checkValid`, `MustCompile`; not `checkout`."""
    end = 0
    while end < len(name) and name[end].isalpha() and (end == 0 or name[end].islower()):
        end += 1
    return name[:end].lower() in VERBS


def learn(learned: Learned | None, caller: bytes, said: bytes, at: At) -> Learned | None:
    """The set after one more sighting; None: nothing new. Sets only grow, so a replay changes nothing."""
    before = learned or Learned(LAYOUT, 0)
    known = before.callers.get(caller[:SHORT], ())
    if said[:SHORT] in known or len(known) >= MAX_SAID:
        return None
    if not known and len(before.callers) >= MAX_CALLERS:
        return None
    callers = {**before.callers, caller[:SHORT]: (*known, said[:SHORT])}
    promoted = before.promoted or (at if speak_apart(callers) else None)
    return Learned(LAYOUT, before.seq + 1, promoted, callers)


def speak_apart(callers: Mapping[bytes, tuple[bytes, ...]]) -> bool:
    """Three callers each say something that no other says: many messages of many callers, a helper."""
    return sum(_own_words(callers, caller) for caller in callers) >= PROMOTING_CALLERS


def _own_words(callers: Mapping[bytes, tuple[bytes, ...]], caller: bytes) -> bool:
    others = {said for other, every in callers.items() if other != caller for said in every}
    return any(said not in others for said in callers[caller])


class Chain(msgspec.Struct, frozen=True):
    """The frames from the crash to the anchor, which is the last."""

    symbols: tuple[Symbol, ...]

    @property
    def anchor(self) -> Symbol:
        return self.symbols[-1]
