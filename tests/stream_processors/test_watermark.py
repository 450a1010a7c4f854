"""The watermark: the least of the newest markers, and it only rises."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.marks import Marker
from schemas.wire import read
from stream_processors.watermark import Seen, key, pass_on, passed, watermark

PARTITIONS = 3


def fold(table: dict[bytes, bytes], partition: int, at: int) -> tuple[int, bool]:
    result = passed(Marker(at=at, origin="fingerprint", partition=partition), table.get, PARTITIONS)
    if result.put and result.put.value:
        table[result.put.key] = result.put.value
    return result.watermark, result.rose


@pytest.mark.parametrize(
    ("markers", "told"),
    [
        pytest.param([(0, 10)], [(-1, False)], id="one partition alone proves nothing"),
        pytest.param([(0, 10), (1, 20)], [(-1, False)] * 2, id="nor do two of three"),
        pytest.param([(0, 10), (1, 20), (2, 30)], [(-1, False)] * 2 + [(10, True)], id="the slowest names the instant"),
        pytest.param(
            [(0, 10), (1, 20), (2, 30), (0, 40)],
            [(-1, False)] * 2 + [(10, True), (20, True)],
            id="it rises with the slowest",
        ),
        pytest.param(
            [(0, 10), (1, 20), (2, 30), (2, 40)],
            [(-1, False)] * 2 + [(10, True), (10, False)],
            id="a fast one does not raise it",
        ),
        pytest.param(
            [(0, 10), (1, 20), (2, 30), (0, 5)],
            [(-1, False)] * 2 + [(10, True), (10, False)],
            id="an older marker changes nothing",
        ),
        pytest.param(
            [(0, 10), (1, 20), (2, 30), (0, 10)],
            [(-1, False)] * 2 + [(10, True), (10, False)],
            id="a marker read twice is told once",
        ),
    ],
)
def test_passed(markers: list[tuple[int, int]], told: list[tuple[int, bool]]) -> None:
    table: dict[bytes, bytes] = {}
    assert [fold(table, partition, at) for partition, at in markers] == told


@given(st.lists(st.tuples(st.integers(0, PARTITIONS - 1), st.integers(0, 50))))
def test_the_watermark_is_the_least_of_the_highest_and_never_falls(markers: list[tuple[int, int]]) -> None:
    table: dict[bytes, bytes] = {}
    marks = [fold(table, partition, at)[0] for partition, at in markers]
    highest = [max([at for p, at in markers if p == partition], default=-1) for partition in range(PARTITIONS)]
    assert marks == sorted(marks)
    assert watermark(table.get, PARTITIONS) == min(highest)


def test_the_seq_of_a_remembered_marker_grows() -> None:
    table: dict[bytes, bytes] = {}
    fold(table, 1, 10)
    fold(table, 1, 20)
    assert msgspec.msgpack.decode(table[key(1)], type=Seen) == Seen(seq=2, at=20)


def test_a_marker_read_twice_writes_nothing() -> None:
    table: dict[bytes, bytes] = {}
    fold(table, 1, 10)
    assert passed(Marker(at=10, origin="fingerprint", partition=1), table.get, PARTITIONS).put is None


def test_pass_on_reaches_every_partition_of_the_next_log() -> None:
    marker = Marker(at=10, origin="recurrence", partition=2)
    emits = pass_on(marker, "issue-changes", PARTITIONS)
    assert [(emit.topic, emit.partition) for emit in emits] == [("issue-changes", n) for n in range(PARTITIONS)]
    assert {read(emit.value) for emit in emits} == {marker}
