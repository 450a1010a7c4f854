"""What a stage is: data about where it reads, and a pure decision about each record."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from domain.snapshot import Snapshot
from schemas.verdict import Verdict

Recall: TypeAlias = Callable[[bytes], bytes | None]


class Input(msgspec.Struct, frozen=True):
    """One record of the stage's log. `at` is the broker's append time, ms UTC."""

    topic: str
    partition: int
    offset: int
    epoch: int
    key: bytes
    value: bytes
    at: int
    headers: tuple[tuple[str, bytes], ...] = ()


class Put(msgspec.Struct, frozen=True):
    """One value of the table; None deletes it."""

    key: bytes
    value: bytes | None


class Emit(msgspec.Struct, frozen=True):
    """One record to publish; `partition` None: by the hash of `key`."""

    topic: str
    key: bytes
    value: bytes
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Step(msgspec.Struct, frozen=True):
    """What one record led to: the last of `remember` carries the mark, all before it are its companions.

    Of a batch, companions are logged before marks, each key once with its final value; so a key is
    always the last one or never. What `close` remembers is logged after all.
    """

    emit: tuple[Emit, ...] = ()
    remember: tuple[Put, ...] = ()


class Context(msgspec.Struct, frozen=True):
    """What a decision may know beside its input.

    `recall` reads this partition's table, earlier puts of the batch included. `cache` is the
    partition's own object from `Stage.warm`: it may be changed, as the last thing a decision does, and
    is thrown away with the partition. `partitions` is the count shared by all stage topics.
    """

    recall: Recall
    settings: Snapshot
    cache: object
    partitions: int


Decide: TypeAlias = Callable[[Input, Context], Verdict[Step]]


def no_cache(recall: Recall) -> object:
    return None


def nothing_to_close(context: Context) -> Step:
    return Step()


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """`warm` builds a partition's cache once its table is recovered; `close` ends each batch.

    `fleeting` sources may expire unread (ticks); of any other that is a loss, and stops the stage.
    """

    name: str
    sources: tuple[str, ...]
    fleeting: tuple[str, ...] = ()
    decide: Decide
    warm: Callable[[Recall], object] = no_cache
    close: Callable[[Context], Step] = nothing_to_close
