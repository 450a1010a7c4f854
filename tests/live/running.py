"""What a live test asks a running stack: rows, documents, mails, topics, the API."""

import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, TypeVar

import msgspec
import psycopg
from confluent_kafka import Consumer, TopicPartition
from psycopg.rows import dict_row
from pymongo import MongoClient

from local_stack import mailbox
from local_stack.load import Target
from local_stack.postgres_server import SUPERUSER
from local_stack.records import Started
from local_stack.stack import Stack

T = TypeVar("T")


def wait_until(what: str, ask: Callable[[], T], timeout_s: float = 30.0) -> T:
    """The first truthy answer; a failure names what was waited for and the last answer."""
    until = time.monotonic() + timeout_s
    while not (found := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {timeout_s:.0f} s, last answer {found!r}")
        time.sleep(0.05)
    return found


class Running:
    def __init__(self, stack: Stack, started: Started) -> None:
        self.stack, self.started = stack, started

    @property
    def target(self) -> Target:
        return Target(self.started.gateway_url, self.started.project_id, self.started.key)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """As the database's administrator, whom row-level security does not bind."""
        with psycopg.connect(self.stack.dsn(SUPERUSER), autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(sql, *values)
        return next(iter(found[0].values())) if found else None

    def documents(self, collection: str, **fields: int) -> list[dict[str, Any]]:
        """All of a collection; `fields` choose what comes."""
        with MongoClient[dict[str, Any]](self.stack.addresses.mongo_uri) as client:
            return list(client["gregor_documents"][collection].find({}, fields or None))

    def mails(self) -> list[EmailMessage]:
        return [mailbox.read(mail_path) for mail_path in sorted(self.stack.mail.glob("*.eml"))]

    def topic(self, name: str) -> list[tuple[bytes, bytes | None]]:
        """Every record of a topic now, (key, value), partition by partition."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.stack.addresses.kafka_brokers,
                "group.id": "gregor-test-reader",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
            }
        )
        try:
            return self._read(consumer, name)
        finally:
            consumer.close()

    def _read(self, consumer: Consumer, name: str) -> list[tuple[bytes, bytes | None]]:
        parts = [TopicPartition(name, number) for number in consumer.list_topics(name, 10).topics[name].partitions]
        ends = {part.partition: consumer.get_watermark_offsets(part, 10) for part in parts}
        left = {number for number, (low, high) in ends.items() if high > low}
        consumer.assign([TopicPartition(name, number, ends[number][0]) for number in ends])
        found: list[tuple[bytes, bytes | None]] = []
        while left:
            for message in consumer.consume(500, 1.0):
                assert message.error() is None
                found.append((_bytes(message.key()) or b"", _bytes(message.value())))
                if (message.offset() or 0) >= ends[message.partition() or 0][1] - 1:
                    left.discard(message.partition() or 0)
        return found

    def lag(self, group: str, topic: str) -> int:
        """Records of a topic that a group has not committed."""
        brokers = self.stack.addresses.kafka_brokers
        consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "enable.auto.commit": False})
        try:
            parts = [
                TopicPartition(topic, number) for number in consumer.list_topics(topic, 10).topics[topic].partitions
            ]
            ends = {part.partition: consumer.get_watermark_offsets(part, 10)[1] for part in parts}
            return sum(ends[part.partition] - max(part.offset, 0) for part in consumer.committed(parts, 10))
        finally:
            consumer.close()

    def records(self, name: str) -> list[dict[str, Any]]:
        """The JSON records of a topic, markers and ticks left out."""
        found = [msgspec.json.decode(value) for _, value in self.topic(name) if value]
        return [record for record in found if record.get("record") not in {"marker.v1", "tick.v1"}]


def _bytes(value: bytes | str | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
