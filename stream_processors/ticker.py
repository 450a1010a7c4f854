"""`gregor run ticker`: time as records. A tick per second and a marker per five seconds, in every partition."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaError, Message, Producer

from runtime.clock import now_ms
from runtime.declared import counter
from runtime.health import Inner
from runtime.kafka import Outgoing, partition_counts, produce, producer
from runtime.stop import stop_event
from schemas.marks import Marker, Tick
from schemas.wire import encode
from stream_processors.config import TickerConfig

log = logging.getLogger(__name__)

TICKS: Final = "ticks"
LOG: Final = "error-events"
EVERY_S: Final = 1.0
MARKER_EVERY: Final = 5  # ticks
GIVE_UP_MS: Final = 5_000  # a late tick is worth nothing, and a later marker says more
SILENT_S: Final = 10.0


def ticks(at: int, partitions: int) -> list[Outgoing]:
    return [
        Outgoing(TICKS, None, encode(Tick(at=at, partition=number)), partition=number) for number in range(partitions)
    ]


def markers(at: int, partitions: int) -> list[Outgoing]:
    """All that was accepted before `at` stands before them: it was appended before it was accepted."""
    return [
        Outgoing(LOG, None, encode(Marker(at=at, origin="ticker", partition=number)), partition=number)
        for number in range(partitions)
    ]


class Ticker:
    def __init__(self, to: Producer, partitions: int) -> None:
        self.to = to
        self.partitions = partitions
        self.heard_s = time.monotonic()

    def turn(self, number: int) -> None:
        at = now_ms()
        self.send("tick", ticks(at, self.partitions))
        if number % MARKER_EVERY == 0:
            self.send("marker", markers(at, self.partitions))

    def send(self, kind: str, records: Iterable[Outgoing]) -> None:
        def report(error: KafkaError | None, _: Message) -> None:
            if error is None:
                self.heard_s = time.monotonic()
                counter("gregor_ticker_records_total", kind=kind).inc()

        for record in records:
            produce(self.to, record, report)

    def wrong(self) -> str | None:
        silent_s = time.monotonic() - self.heard_s
        return f"no tick arrived for {silent_s:.0f} s" if silent_s > SILENT_S else None


def run(config: TickerConfig) -> None:
    """Tick until SIGTERM. Two tickers do no harm: ticks and markers say nothing that is not true."""
    stop = stop_event()
    counts = partition_counts(config.kafka_brokers, (TICKS, LOG))
    if len(counts) != 2 or len(set(counts.values())) != 1:
        raise KeyError(f"ticks and error-events must exist with equal partitions, found {counts}")
    to = producer(config.kafka_brokers, message__timeout__ms=GIVE_UP_MS)
    ticker = Ticker(to, counts[TICKS])
    inner = Inner(config.ticker_inner_port, ticker.wrong, ticker.wrong)
    inner.start()
    _beat(ticker, stop)
    to.flush(GIVE_UP_MS / 1000)
    inner.stop()


def _beat(ticker: Ticker, stop: threading.Event) -> None:
    """Every second, without drift; after a pause of the machine it goes on, and does not catch up."""
    number, due_s = 0, time.monotonic()
    while not stop.is_set():
        ticker.turn(number)
        number, due_s = number + 1, max(due_s + EVERY_S, time.monotonic())
        while not stop.is_set() and time.monotonic() < due_s:
            ticker.to.poll(0.05)
