"""Live updates: one reader of the topics per process, a ring to resume from, bounded queues to clients."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from query_api.feed import LETTERS, Item, Vector, Watch, item, moved, newer, wanted
from runtime.declared import gauge
from runtime.kafka import partition_counts
from schemas.wire import read

log = logging.getLogger(__name__)
RING: Final = 20_000
RING_MS: Final = 600_000
QUEUE: Final = 200
CLIENTS: Final = 1_000
PAUSE_S: Final = 5.0


class Gap(msgspec.Struct, frozen=True):
    """Something was missed: the client asks anew for what it shows."""

    why: str


class Full(Exception):
    """As many clients as one process serves."""


class Client:
    """One watcher. `queue` never grows beyond QUEUE: whoever is slower is told and let go."""

    def __init__(self, watch: Watch, projects: frozenset[int]) -> None:
        self.watch, self.projects = watch, projects
        self.queue: deque[Item] = deque()
        self.lost = False
        self.woken = asyncio.Event()

    def offer(self, found: Item) -> None:
        if not wanted(found, self.watch, self.projects):
            return
        if len(self.queue) >= QUEUE:
            self.lost = True
        else:
            self.queue.append(found)
        self.woken.set()


class Hub:
    """Lives on the event loop; the reader's thread hands batches over."""

    def __init__(self) -> None:
        self.ring: deque[Item] = deque(maxlen=RING)
        self.seen: Vector = {}
        self.started: Vector = {}  # where the ring begins
        self.clients: set[Client] = set()
        self.closed = False

    def take(self, items: Sequence[Item]) -> None:
        """New messages, in order; clients get those they want."""
        self.seen = moved(self.seen, items)
        for found in items:
            self.ring.append(found)
            for client in self.clients:
                client.offer(found)
        while self.ring and self.ring[-1].at_ms - self.ring[0].at_ms > RING_MS:
            self.forget(self.ring.popleft())

    def forget(self, gone: Item) -> None:
        self.started = moved(self.started, [gone])

    def join(self, watch: Watch, projects: frozenset[int], since: Vector) -> tuple[Client, Gap | None]:
        """A client that stood at `since` gets what it missed, or learns that it cannot."""
        if len(self.clients) >= CLIENTS:
            raise Full
        client = Client(watch, projects)
        missed = [found for found in self.ring if newer(found, since) and wanted(found, watch, projects)]
        gap = None
        if since and self.lacks(since):
            gap = Gap("too long ago")
        elif since and len(missed) > QUEUE:
            gap = Gap("too much happened")
        elif since:
            client.queue.extend(missed)
        self.clients.add(client)
        gauge("gregor_api_watchers").set(len(self.clients))
        return client, gap

    def lacks(self, since: Vector) -> bool:
        """Whether something after `since` has already left the ring."""
        return any(since.get(place, -1) < offset for place, offset in self.started.items())

    def leave(self, client: Client) -> None:
        self.clients.discard(client)
        gauge("gregor_api_watchers").set(len(self.clients))

    def close(self) -> None:
        """The process ends: everybody is let go, and finds another one."""
        self.closed = True
        for client in self.clients:
            client.woken.set()

    async def messages(self, client: Client, wait_s: float) -> AsyncIterator[Item | Gap | None]:
        """What comes, None when nothing did for `wait_s`, a Gap as the last when the client is too slow."""
        while True:
            while client.queue:
                yield client.queue.popleft()
            if client.lost:
                yield Gap("too slow")
                return
            if self.closed:
                return
            client.woken.clear()
            try:
                await asyncio.wait_for(client.woken.wait(), wait_s)
            except TimeoutError:
                yield None


class Tail:
    """The reader's thread: all partitions, no group, from ten minutes ago."""

    def __init__(self, brokers: str, give: Callable[[Sequence[Item]], None]) -> None:
        self.brokers, self.give = brokers, give

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._follow(stop)
            except KafkaException as error:
                log.warning("live updates wait", extra={"fields": {"error": str(error)}})
                stop.wait(PAUSE_S)

    def _follow(self, stop: threading.Event) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.brokers,
                "group.id": "gregor-api-live",  # never committed
                "enable.auto.commit": False,
                "auto.offset.reset": "latest",
                "fetch.wait.max.ms": 50,
                "log_level": 3,
            }
        )
        try:
            consumer.assign(self._starts(consumer))
            while not stop.is_set():
                batch = consumer.consume(500, timeout=0.1)
                items = [found for message in batch if (found := of_message(message)) is not None]
                if items:
                    self.give(items)
        finally:
            consumer.close()

    def _starts(self, consumer: Consumer) -> list[TopicPartition]:
        since = int(time.time() * 1000) - RING_MS
        places = [
            TopicPartition(topic, partition, since)
            for topic, count in partition_counts(self.brokers, LETTERS).items()
            for partition in range(count)
        ]
        return consumer.offsets_for_times(places, timeout=10.0) if places else []


def of_message(message: Message) -> Item | None:
    """The live message behind a Kafka message; errors and tombstones are none."""
    topic, value = message.topic() or "", message.value()
    if message.error() is not None or topic not in LETTERS or not value:
        return None
    place = (LETTERS[topic], message.partition() or 0, message.offset() or 0)
    return item(place, read(value))
