"""What an event looks like to grouping: its keys, and in words why."""

from typing import Final

import msgspec

from schemas.kinds import Matched

VERSION: Final = "g1"


class Key(msgspec.Struct, frozen=True):
    kind: Matched
    digest: bytes  # 16


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was hashed, readable; stored once per key (grouping.md 5.3)."""

    v: str
    matched: str = ""
    type: str = ""
    anchor: str = ""
    statement: str = ""
    helpers: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()  # of the path, crash first
    caller: str = ""
    cause_of: str = ""
    message: str = ""
    dropped: dict[str, int] = {}
    weak: bool = False
    also: tuple[str, ...] = ()
    conflict: str = ""
    split: str = ""
    full: bool = False
    custom: tuple[str, ...] = ()
    rule: str = ""
    keys: dict[str, str] = {}


class Prints(msgspec.Struct, frozen=True, kw_only=True):
    """`search` in the order in which keys are looked up; `taught` are only registered, `later` by an opener only."""

    search: tuple[Key, ...]
    taught: tuple[Key, ...] = ()
    later: tuple[Key, ...] = ()
    anchor: bytes = b""  # 8-byte digest of the anchor symbol
    helpers: tuple[bytes, ...] = ()  # the same of the helpers before it, as `why.helpers` names them
    caller: bytes = b""  # 8 bytes; empty: no caller is known
    said: bytes = b""  # 8 bytes of the skeleton
    weak: bool = False
    title: str = ""
    place: str = ""  # file:line of the anchor
    why: Why
