"""The barrier: what it let through has arrived, and nothing else passes."""

import asyncio
from collections import deque
from typing import Any

import msgspec
import pytest
from confluent_kafka import KafkaError

from stream_processors.publish import BarrierFailed, Wire, seqs_before
from stream_processors.stage import Emit, Put

REFUSED = KafkaError(KafkaError._MSG_TIMED_OUT)


class Record:
    def __init__(self, partition: int, offset: int) -> None:
        self.at = (partition, offset)

    def partition(self) -> int:
        return self.at[0]

    def offset(self) -> int:
        return self.at[1]


class Network:
    """Stands in for librdkafka: `answers` says what each poll reports, one letter per record.

    y arrived, n refused, - not yet; when it is used up, all arrives.
    """

    def __init__(self, answers: str = "", room: int = 100) -> None:
        self.answers = deque(answers)
        self.room = room
        self.waiting: deque[tuple[int, Any]] = deque()
        self.produced: list[tuple[Any, ...]] = []

    def produce(self, topic: str, value: Any, key: Any, *, on_delivery: Any, headers: Any = None, **where: Any) -> None:
        if len(self.waiting) >= self.room:
            raise BufferError
        self.produced.append((topic, key, value, where.get("partition"), headers))
        self.waiting.append((where.get("partition") or 0, on_delivery))

    def poll(self, _: float) -> None:
        answer = self.answers.popleft() if self.answers else "y"
        if answer == "-" or not self.waiting:
            return
        partition, report = self.waiting.popleft()
        report(None if answer == "y" else REFUSED, Record(partition, len(self.produced) - len(self.waiting) + 100))


def wire(network: Any, patience_s: float = 5.0) -> Wire:
    return Wire(network, "changelog", patience_s)


def test_publish_returns_when_every_report_is_in() -> None:
    network = Network("--y-y-y")
    asyncio.run(wire(network).publish([Emit("out", b"k", b"v") for _ in range(3)]))
    assert not network.waiting
    assert not network.answers


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        pytest.param("yn", "timed out", id="one of two is refused"),
        pytest.param("-" * 10_000, "without a report", id="a report never comes"),
    ],
)
def test_publish_raises_when_a_record_may_be_missing(answers: str, why: str) -> None:
    with pytest.raises(BarrierFailed, match=why):
        asyncio.run(wire(Network(answers), 0.05).publish([Emit("out", b"k", b"v") for _ in range(2)]))


def test_a_full_queue_is_waited_for() -> None:
    network = Network(room=1)
    asyncio.run(wire(network).publish([Emit("out", b"k", b"v") for _ in range(3)]))
    assert len(network.produced) == 3


def test_an_output_keeps_its_partition_and_headers() -> None:
    network = Network()
    emits = [Emit("out", b"k", b"v", 2, (("h", b"x"),)), Emit("out", b"k", b"v")]
    asyncio.run(wire(network).publish(emits))
    assert [made[3:] for made in network.produced] == [(2, [("h", b"x")]), (None, None)]


def test_the_log_goes_to_the_partition_of_its_event_and_tells_the_highest_offset() -> None:
    network = Network()
    entries = {1: [Put(b"a", b"1"), Put(b"b", b"2")], 3: [Put(b"c", b"3")]}
    offsets = asyncio.run(wire(network).publish_log(entries, {}))
    assert [(key, partition) for _, key, _, partition, _ in network.produced] == [(b"a", 1), (b"b", 1), (b"c", 3)]
    assert offsets == {1: 102, 3: 103}


def test_a_tombstone_carries_the_number_after_the_value_it_deletes() -> None:
    value = msgspec.msgpack.encode([1, 7, "x"])
    entries = {0: [Put(b"gone", None), Put(b"kept", b"1"), Put(b"never", None)]}
    before = seqs_before(entries, lambda _, key: value if key == b"gone" else None)
    network = Network()
    asyncio.run(wire(network).publish_log(entries, before))
    assert [headers for *_, headers in network.produced] == [[("seq", b"8")], None, None]
