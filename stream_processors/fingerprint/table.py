"""The table of the stage: what stands under which key (data.md 3). Values are msgpack arrays `[layout, seq, ..]`."""

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

import msgspec

from domain.ids import digest_bytes

LAYOUT: Final = 1
At: TypeAlias = tuple[int, int]  # epoch and offset in this partition of `error-events`
RESTORED: Final[At] = (-1, -1)


class Move(msgspec.Struct, frozen=True, array_like=True):
    """From `epoch, offset` on the key leads to `issue`; an empty one undoes the move of the same command.

    Without a command the key was released from a helper.
    """

    epoch: int
    offset: int
    issue: bytes
    command_id: str = ""
    anchor: bytes = b""
    opener: bool = False


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Where a key leads. Written once; only commands and releases add to it. `paths`: path keys a site was met by.

    Without an issue it was attached by a command.
    """

    layout: int
    seq: int
    issue: bytes
    anchor: bytes
    opener: bool
    epoch: int
    offset: int
    moves: tuple[Move, ...] = ()
    paths: int = 0


class Redirect(msgspec.Struct, frozen=True, array_like=True):
    """From `epoch, offset` on events of the issue go to `to`; empty: undoes the redirect of the same command."""

    epoch: int
    offset: int
    to: bytes
    command_id: str


class Refine(msgspec.Struct, frozen=True, array_like=True):
    """From here on an issue is told apart by message or caller; `by` empty: undone. `stay`: finer keys that stay."""

    epoch: int
    offset: int
    by: str
    command_id: str
    stay: tuple[bytes, ...] = ()


class IssueRow(msgspec.Struct, frozen=True, array_like=True):
    """What a partition knows of an issue: its keys here, where it was merged into, what it must not meet again."""

    layout: int
    seq: int
    project: int
    keys: tuple[bytes, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    refines: tuple[Refine, ...] = ()
    not_same: tuple[bytes, ...] = ()


class Learned(msgspec.Struct, frozen=True, array_like=True):
    """Callers of an anchor and what they said, as 4-byte digests; `epoch, offset` of its promotion, or none."""

    layout: int
    seq: int
    promoted: At | None = None
    callers: dict[bytes, tuple[bytes, ...]] = {}


class Pin(msgspec.Struct, frozen=True, array_like=True):
    """People say whether a symbol is a helper; `pin` None: they no longer say."""

    epoch: int
    offset: int
    symbol: bytes  # 8-byte digest
    pin: bool | None
    command_id: str


class ProjectRow(msgspec.Struct, frozen=True, array_like=True):
    layout: int
    seq: int
    pins: tuple[Pin, ...] = ()


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Ids of one batch: 16 bytes of id and 4 of offset delta each, packed."""

    layout: int
    seq: int
    epoch: int
    first_offset: int
    first_at: int
    last_at: int
    ids: bytes


class Meta(msgspec.Struct, frozen=True, array_like=True):
    layout: int
    seq: int
    watermark_at: int = 0
    next_block: int = 0
    oldest_block: int = 0


Recall: TypeAlias = Callable[[bytes], bytes | None]
T = TypeVar("T", Entry, IssueRow, Learned, ProjectRow, Block, Meta)
META: Final = b"m"
_ENCODER: Final = msgspec.msgpack.Encoder()


def entry_key(project: int, key: bytes) -> bytes:
    return b"k" + project.to_bytes(8, "big") + key


def issue_key(issue: bytes) -> bytes:
    return b"r" + issue


def learned_key(home_key: str, anchor: bytes) -> bytes:
    return b"h" + digest_bytes(home_key, anchor.hex())


def project_key(project: int) -> bytes:
    return b"p" + project.to_bytes(8, "big")


def block_key(number: int) -> bytes:
    return b"b" + number.to_bytes(8, "big")


def pack(value: Entry | IssueRow | Learned | ProjectRow | Block | Meta) -> bytes:
    return _ENCODER.encode(value)


def load(recall: Recall, key: bytes, kind: type[T]) -> T | None:
    raw = recall(key)
    return None if raw is None else msgspec.msgpack.decode(raw, type=kind)


def before(at: At, now: At) -> bool:
    """Whether `at` was decided before `now`. Another epoch is older: the log was made anew since."""
    return at[0] != now[0] or at[1] < now[1]
