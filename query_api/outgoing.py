"""What the relay publishes for one row of the outbox."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas.commands import EpisodeCommand, GroupingCommand, IssueCommand
from schemas.verdict import Rejected
from schemas.wire import Skipped, encode, read

SETTINGS: Final = "settings"
EVERY_PARTITION: Final = "*"


class Row(msgspec.Struct, frozen=True):
    """`value`: the JSON of the record; None is a tombstone."""

    outbox_id: int
    topic: str
    key: str
    value: bytes | None


class Unpublishable(Exception):
    """A row that no reader would understand: our bug. The relay sets it aside."""


def runs(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Cut between settings and commands, keeping the order: a command is stamped with what stands before it."""
    run: list[Row] = []
    for row in rows:
        if run and (run[-1].topic == SETTINGS) != (row.topic == SETTINGS):
            yield tuple(run)
            run = []
        run.append(row)
    if run:
        yield tuple(run)


def partitions(row: Row, count: int) -> tuple[int | None, ...]:
    """Where the row goes: `*` to each partition, anything else by the hash of its key."""
    return tuple(range(count)) if row.key == EVERY_PARTITION else (None,)


def stamped(row: Row, settings_offset: int) -> bytes | None:
    """The value to publish; a command learns the last settings offset (design 8, rule 10)."""
    if row.value is None or row.topic == SETTINGS:
        return row.value
    record = read(row.value)
    match record:
        case IssueCommand() | EpisodeCommand():
            return encode(msgspec.structs.replace(record, settings_offset=settings_offset))
        case GroupingCommand():
            return encode(record)
        case Rejected(reason, detail):
            raise Unpublishable(f"{reason}: {detail}")
        case Skipped(tag):
            raise Unpublishable(f"unknown record {tag}")
        case _:
            return encode(record)
