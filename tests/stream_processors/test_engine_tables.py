"""The table on a real RocksDB: restored by seq, written at once with the changelog offset."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from schemas.verdict import Kept
from stream_processors.bootstrap import stage_app, table_of
from stream_processors.stage import Put, Stage, Step
from stream_processors.tables import Memory, register

STAGE = Stage(name="recurrence", sources=("issue-events",), decide=lambda _, __: Kept(Step()))


def value(seq: int) -> bytes:
    return msgspec.msgpack.encode([1, seq])


def record(offset: int, key: bytes, seq: int | None, *, header: int | None = None) -> Any:
    headers = [("seq", str(header).encode())] if header is not None else None
    message = SimpleNamespace(
        partition=2, offset=offset, key=key, value=None if seq is None else value(seq), headers=headers
    )
    return SimpleNamespace(message=message)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    register()
    app = stage_app(STAGE, "127.0.0.1:1", folder=tmp_path / "data", slot="0", partitions=4, patched=True)
    return Memory(table_of(app, 4))


def restore(memory: Memory, *records: Any) -> None:
    memory.store.apply_changelog_batch(records, None, None)


@pytest.mark.parametrize(
    ("records", "found", "stale"),
    [
        pytest.param([(b"k", 1), (b"k", 2)], 2, False, id="the newer one stands"),
        pytest.param([(b"k", 5), (b"k", 4)], 5, True, id="a late worker's does not, and is to be overwritten"),
        pytest.param([(b"k", 5), (b"k", 4), (b"k", 6)], 6, False, id="until its owner wrote again"),
        pytest.param([(b"k", 5), (b"k", None)], None, False, id="a tombstone without a number deletes"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one batch", "one by one"])
def test_restore(
    memory: Memory, records: list[tuple[bytes, int | None]], found: int | None, stale: bool, at_once: bool
) -> None:
    events = [record(offset, key, seq) for offset, (key, seq) in enumerate(records)]
    for batch in [events] if at_once else [[event] for event in events]:
        restore(memory, *batch)
    assert memory.read(2, b"k") == (None if found is None else value(found))
    assert [put.key for put in memory.take_stale(2)] == ([b"k"] if stale else [])
    assert memory.take_stale(2) == []


@pytest.mark.parametrize(("header", "deleted"), [(6, True), (5, False)])
def test_a_late_tombstone_deletes_nothing(memory: Memory, header: int, deleted: bool) -> None:
    restore(memory, record(0, b"k", 5), record(1, b"k", None, header=header))
    assert (memory.read(2, b"k") is None) is deleted


def persisted(memory: Memory, partition: int) -> int | None:
    return memory.store.persisted_offset(SimpleNamespace(partition=partition))


def test_a_write_carries_the_changelog_offset(memory: Memory) -> None:
    memory.write(2, [Put(b"a", b"1"), Put(b"b", None)], 41)
    memory.write(2, [Put(b"a", None), Put(b"b", b"2")], 42)
    assert (memory.read(2, b"a"), memory.read(2, b"b"), persisted(memory, 2)) == (None, b"2", 42)
    assert (memory.read(1, b"b"), persisted(memory, 1)) == (None, None)


def test_restoring_carries_it_too(memory: Memory) -> None:
    restore(memory, record(7, b"k", 1), record(8, b"j", 1))
    assert persisted(memory, 2) == 8
