"""Outputs and changelog by our own librdkafka producer: what the barrier let through has arrived."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from runtime import kafka
from stream_processors.sequence import TOMBSTONE_SEQ, seq_of
from stream_processors.stage import Emit, Put

PATIENCE_S: Final = 35.0
POLL_S: Final = 0.001
FULL_S: Final = 0.005


class BarrierFailed(Exception):
    """A record was refused, or no report came: the process must end, and read the batch again."""


def stage_producer(brokers: str) -> Producer:
    """Never gives up by itself: with a timeout a later record could overtake the one that expired."""
    return kafka.producer(brokers, message__timeout__ms=0, max__in__flight=5)


class Wire:
    """One stage's way out. `publish` and `publish_log` return when every delivery report is in."""

    def __init__(self, producer: Producer, changelog: str, patience_s: float = PATIENCE_S) -> None:
        self.producer = producer
        self.changelog = changelog
        self.patience_s = patience_s
        self.missing = 0
        self.failed: KafkaError | None = None

    async def publish(self, records: Iterable[Emit | kafka.Outgoing]) -> None:
        for record in records:
            where: dict[str, Any] = {} if record.partition is None else {"partition": record.partition}
            headers = list(record.headers) if record.headers else None
            await self._produce(record.topic, record.value, record.key, headers=headers, **where)
        await self._barrier()

    async def publish_log(
        self, entries: Mapping[int, Sequence[Put]], seq_before: Mapping[tuple[int, bytes], int | None]
    ) -> dict[int, int]:
        """The highest changelog offset by partition. `seq_before` numbers the values that tombstones delete."""
        offsets: dict[int, int] = {}

        def report(error: KafkaError | None, message: Message) -> None:
            self._report(error, message)
            partition, offset = message.partition(), message.offset()
            if error is None and partition is not None and offset is not None:
                offsets[partition] = max(offset, offsets.get(partition, -1))

        for partition, puts in entries.items():
            for put in puts:
                headers = _tombstone(put, seq_before.get((partition, put.key)))
                await self._produce(
                    self.changelog, put.value, put.key, partition=partition, headers=headers, on_delivery=report
                )
        await self._barrier()
        return offsets

    async def _produce(self, topic: str, value: bytes | None, key: bytes | None, **more: Any) -> None:
        more.setdefault("on_delivery", self._report)
        while True:
            try:
                self.producer.produce(topic, value, key, **more)
            except BufferError:
                self.producer.poll(0)
                await asyncio.sleep(FULL_S)
            else:
                self.missing += 1
                return

    def _report(self, error: KafkaError | None, _: Message) -> None:
        self.missing -= 1
        if error is not None:
            self.failed = error

    async def _barrier(self) -> None:
        """Polls and never blocks the loop: other stages, heartbeats and recovery go on meanwhile."""
        until = time.monotonic() + self.patience_s
        while self.missing:
            self.producer.poll(0)
            if self.failed is not None:
                raise BarrierFailed(str(self.failed))
            if time.monotonic() > until:
                raise BarrierFailed(f"{self.missing} records without a report for {self.patience_s} s")
            if self.missing:
                await asyncio.sleep(POLL_S)


def _tombstone(put: Put, before: int | None) -> list[tuple[str, bytes]] | None:
    if put.value is not None or before is None:
        return None
    return [(TOMBSTONE_SEQ, str(before + 1).encode())]


def seqs_before(entries: Mapping[int, Sequence[Put]], stored: Any) -> dict[tuple[int, bytes], int | None]:
    """Numbers of the values that this batch deletes; `stored(partition, key)` is the table before it."""
    return {
        (partition, put.key): seq_of(stored(partition, put.key))
        for partition, puts in entries.items()
        for put in puts
        if put.value is None
    }
