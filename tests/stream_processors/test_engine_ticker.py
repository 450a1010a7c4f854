"""Time as records: one per partition, to that partition."""

from typing import Any

import pytest

from runtime.kafka import Outgoing
from schemas.marks import Marker, Tick
from schemas.wire import read
from stream_processors.ticker import MARKER_EVERY, Ticker, markers, ticks

AT = 1_777_888_800_000


def test_ticks_name_their_partition() -> None:
    made = ticks(AT, 3)
    assert [(one.topic, one.partition) for one in made] == [("ticks", n) for n in range(3)]
    assert [read(one.value or b"") for one in made] == [Tick(at=AT, partition=n) for n in range(3)]


def test_markers_stand_in_the_log_of_events() -> None:
    made = markers(AT, 3)
    assert [(one.topic, one.partition) for one in made] == [("error-events", n) for n in range(3)]
    assert [read(one.value or b"") for one in made] == [Marker(at=AT, origin="ticker", partition=n) for n in range(3)]


class Network:
    """Stands in for librdkafka; `error` is the answer to every record."""

    def __init__(self, error: Any = None) -> None:
        self.topics: list[str] = []
        self.error = error

    def produce(self, topic: str, value: Any, key: Any, *, on_delivery: Any, headers: Any, partition: int) -> None:
        self.topics.append(topic)
        on_delivery(self.error, None)


@pytest.mark.parametrize(
    ("number", "topics"),
    [
        pytest.param(0, {"ticks", "error-events"}, id="the first turn has a marker"),
        pytest.param(1, {"ticks"}, id="the next ones have none"),
        pytest.param(MARKER_EVERY, {"ticks", "error-events"}, id="until five seconds are over"),
    ],
)
def test_turn(number: int, topics: set[str]) -> None:
    network: Any = Network()
    Ticker(network, 2).turn(number)
    assert set(network.topics) == topics
    assert len(network.topics) == 2 * len(topics)


@pytest.mark.parametrize(("error", "heard"), [(None, True), ("timed out", False)])
def test_only_what_arrived_counts_as_life(error: Any, heard: bool) -> None:
    network: Any = Network(error)
    ticker = Ticker(network, 2)
    ticker.heard_s -= 60
    ticker.send("tick", [Outgoing("ticks", None, b"", partition=0)])
    assert (ticker.wrong() is None) is heard
