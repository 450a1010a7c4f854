"""Kafka by librdkafka: one way to configure a producer, to publish with proof, to know a topic."""

import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from confluent_kafka import KafkaError, Producer, TopicCollection
from confluent_kafka.admin import AdminClient

PRODUCER: Final[dict[str, Any]] = {
    "enable.idempotence": True,
    "acks": "all",
    "partitioner": "murmur2_random",  # the Java client's and Faust's: the default would differ
    "compression.type": "lz4",
    "linger.ms": 1,
    "message.max.bytes": 2_097_152,
    "log_level": 3,
}
EPOCH_MASK: Final = 0x7FFF_FFFF


class Outgoing(msgspec.Struct, frozen=True):
    """One record to publish; `value` None is a tombstone, `partition` None: by the key's hash."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class PublishFailed(Exception):
    """Not every record was acknowledged; any of them may have arrived all the same."""


def producer(brokers: str, **settings: Any) -> Producer:
    """An idempotent producer; dots in setting names are spelt `__`."""
    given = {name.replace("__", "."): value for name, value in settings.items()}
    return Producer(PRODUCER | {"bootstrap.servers": brokers} | given)


def publish(to: Producer, records: Iterable[Outgoing], timeout_s: float = 35.0) -> None:
    """Produce and wait until the broker acknowledged each; PublishFailed otherwise."""
    failed: list[KafkaError] = []
    missing = 0

    def report(error: KafkaError | None, _: object) -> None:
        nonlocal missing
        missing -= 1
        if error is not None:
            failed.append(error)

    for record in records:
        missing += 1
        produce(to, record, report)
    until = time.monotonic() + timeout_s
    while missing and time.monotonic() < until:
        to.poll(0.02)
    if failed or missing:
        raise PublishFailed(str(failed[0]) if failed else f"{missing} records without an answer in {timeout_s} s")


def produce(to: Producer, record: Outgoing, report: Any) -> None:
    """Hand one record to librdkafka; a full queue is drained by polling."""
    where: dict[str, Any] = {} if record.partition is None else {"partition": record.partition}
    while True:
        try:
            to.produce(
                record.topic, record.value, record.key, on_delivery=report, headers=list(record.headers), **where
            )
        except BufferError:
            to.poll(0.05)
        else:
            return


def topic_epochs(brokers: str, topics: Iterable[str], timeout_s: float = 10.0) -> dict[str, int]:
    """First 31 bits of each topic's id: a topic made anew is not the old one. KeyError if missing."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 3})
    futures = admin.describe_topics(TopicCollection(list(topics)), request_timeout=timeout_s)
    found = {}
    for name, future in futures.items():
        described = future.result(timeout_s)
        found[name] = (described.topic_id.get_most_significant_bits() >> 32) & EPOCH_MASK
    return found


def partition_counts(brokers: str, topics: Iterable[str], timeout_s: float = 10.0) -> dict[str, int]:
    """Partitions of each topic that exists."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 3})
    there = admin.list_topics(timeout=timeout_s).topics
    return {name: len(there[name].partitions) for name in topics if name in there}
