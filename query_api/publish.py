"""Reading dead letters where they lie, and publishing their originals again."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Final, cast

import msgspec
from confluent_kafka import Consumer, TopicPartition

from query_api.letters import Again, Headers, pairs
from runtime.kafka import Outgoing, producer, publish

TOPIC: Final = "dead-letters"
WAIT_S: Final = 10.0


class Lying(msgspec.Struct, frozen=True):
    """A dead letter as it lies in its topic."""

    headers: Headers
    value: bytes


class Redriver:
    """Connects when it is first asked: most API processes never are."""

    def __init__(self, brokers: str) -> None:
        self.brokers = brokers
        self.lock = threading.Lock()

    async def fetch(self, partition: int, offset: int) -> Lying | None:
        """None: its 30 days are over."""
        return await asyncio.to_thread(self._fetch, partition, offset)

    async def publish(self, records: Sequence[Again]) -> None:
        """Until the broker has them all; PublishFailed otherwise."""
        await asyncio.to_thread(self._publish, records)

    def _fetch(self, partition: int, offset: int) -> Lying | None:
        with self.lock:
            consumer = Consumer(
                {
                    "bootstrap.servers": self.brokers,
                    "group.id": "gregor-api-reader",
                    "enable.auto.commit": False,
                    "auto.offset.reset": "error",
                    "fetch.message.max.bytes": 4_194_304,
                    "log_level": 3,
                }
            )
            try:
                consumer.assign([TopicPartition(TOPIC, partition, offset)])
                message = consumer.poll(WAIT_S)
            finally:
                consumer.close()
        if message is None or message.error() is not None or message.offset() != offset:
            return None
        headers = cast(list[tuple[str, bytes | None]], message.headers() or [])  # as our producers write them
        return Lying(pairs(headers), message.value() or b"")

    def _publish(self, records: Sequence[Again]) -> None:
        to = producer(self.brokers)
        publish(
            to,
            [Outgoing(one.topic, one.key or None, one.value, one.partition, one.headers) for one in records],
        )
