"""A consumer group's share of some topics, read in batches, committed after the effect."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as Raw

from runtime.kafka import topic_epochs

log = logging.getLogger(__name__)
CONSUMER: Final[dict[str, Any]] = {
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
    "max.poll.interval.ms": 300_000,
    "fetch.wait.max.ms": 20,
    "fetch.message.max.bytes": 4_194_304,
    "queued.max.messages.kbytes": 32_768,
    "log_level": 3,
}
HOPELESS: Final = frozenset(
    {KafkaError._FATAL, KafkaError._AUTO_OFFSET_RESET}
)  # _FATAL: fenced, say; the client fetches nothing any more, only a new process helps
STALE_COMMIT: Final = frozenset(
    {KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS}
)


class Message(msgspec.Struct, frozen=True):
    """One record as read. `at` is the broker's append time, ms UTC; `value` b"" is a tombstone."""

    topic: str
    partition: int
    offset: int
    epoch: int
    key: bytes
    value: bytes
    at: int
    headers: tuple[tuple[str, bytes], ...] = ()


class KafkaSource:
    """Reads `topics` as member of `group`. All calls from one thread.

    `seek(partitions)` may answer, on assignment, where to start instead of the committed offsets
    (a sink that keeps its positions in its own database).
    """

    def __init__(
        self,
        brokers: str,
        group: str,
        topics: Sequence[str],
        *,
        most: int = 500,
        seek: Callable[[list[TopicPartition]], list[TopicPartition]] | None = None,
        **settings: Any,
    ) -> None:
        self.epochs = topic_epochs(brokers, topics)
        self.most = most
        self.seek = seek
        self.assigned: set[tuple[str, int]] = set()
        self.idling = False
        given = {name.replace("__", "."): value for name, value in settings.items()}
        self.consumer = Consumer(CONSUMER | {"bootstrap.servers": brokers, "group.id": group} | given)
        self.consumer.subscribe(list(topics), on_assign=self._assign, on_revoke=self._drop, on_lost=self._drop)

    def poll(self, wait_s: float = 0.1) -> list[Message]:
        """What has gathered, `most` at most; returns as soon as there is something."""
        first = self.consumer.poll(wait_s)
        if first is None:
            return []
        rest = self.consumer.consume(self.most - 1, timeout=0) if self.most > 1 else []
        return [self._message(raw) for raw in (first, *rest) if self._usable(raw)]

    def mine(self, messages: Iterable[Message]) -> list[Message]:
        """Those whose partition is still assigned to this process."""
        return [message for message in messages if (message.topic, message.partition) in self.assigned]

    def commit(self, messages: Iterable[Message], *, wait: bool = False) -> None:
        """Everything up to these messages is done. A commit that a rebalance overtook is dropped:

        the new owner reads again, and every effect may be repeated.
        """
        ends: dict[tuple[str, int], int] = {}
        for message in messages:
            place = (message.topic, message.partition)
            ends[place] = max(ends.get(place, 0), message.offset + 1)
        mine = [TopicPartition(*place, offset) for place, offset in ends.items() if place in self.assigned]
        if not mine:
            return
        try:
            if wait:
                self.consumer.commit(offsets=mine, asynchronous=False)
            else:
                self.consumer.commit(offsets=mine)
        except KafkaException as error:
            if error.args[0].code() not in STALE_COMMIT:
                raise

    def idle(self, wait_s: float) -> None:
        """Wait, fetching nothing, but stay in the group: for a store that is away."""
        self.idling = True
        self.consumer.pause([TopicPartition(*place) for place in self.assigned])
        until = time.monotonic() + wait_s
        while (left := until - time.monotonic()) > 0:
            early = self.consumer.poll(min(left, 0.5))
            if early is not None and self._usable(early):  # fetched before the pause: read it again later
                self.consumer.seek(TopicPartition(early.topic() or "", early.partition() or 0, early.offset() or 0))
        self.idling = False
        self.consumer.resume([TopicPartition(*place) for place in self.assigned])

    def close(self) -> None:
        self.consumer.close()

    def _assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.assigned |= {(part.topic, part.partition) for part in partitions}
        if self.seek is not None:
            partitions = self.seek(partitions)
        consumer.incremental_assign(partitions)
        if self.idling:
            consumer.pause(partitions)

    def _drop(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.assigned -= {(part.topic, part.partition) for part in partitions}

    def _usable(self, raw: Raw) -> bool:
        error = raw.error()
        if error is None:
            return True
        if error.fatal() or error.code() in HOPELESS:
            raise KafkaException(error)
        log.warning("the broker reports an error", extra={"fields": {"code": error.name()}})
        return False

    def _message(self, raw: Raw) -> Message:
        topic = raw.topic() or ""
        return Message(
            topic=topic,
            partition=raw.partition() or 0,
            offset=raw.offset() or 0,
            epoch=self.epochs[topic],
            key=_bytes(raw.key()),
            value=_bytes(raw.value()),
            at=raw.timestamp()[1],
            headers=_headers(raw),
        )


def _headers(raw: Raw) -> tuple[tuple[str, bytes], ...]:
    found: Any = raw.headers() or ()  # declared wider than it is: a list of pairs when read
    return tuple((name, _bytes(value)) for name, value in found)


def _bytes(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
