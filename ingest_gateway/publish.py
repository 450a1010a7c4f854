"""Records to Kafka, and the proof that they arrived, without a thread: acknowledgements are polled by the loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final

from confluent_kafka import KafkaError, Message, Producer

from ingest_gateway.breaker import Breaker
from runtime.kafka import Outgoing, producer

log = logging.getLogger(__name__)
POLL_S: Final = 0.001
QUEUE_KIB: Final = 65_536
GIVE_UP_MS: Final = 30_000  # librdkafka's own patience; a client was answered long before


class Waiting:
    """Records of one request that Kafka has not all acknowledged. `done` becomes True when it has."""

    def __init__(self, count: int, until: float, done: asyncio.Future[bool]) -> None:
        self.missing, self.until, self.done = count, until, done

    def report(self, error: KafkaError | None, _: Message) -> None:
        self.missing -= 1
        if error is not None:
            self.settle(False)
        elif self.missing == 0:
            self.settle(True)

    def settle(self, arrived: bool) -> None:
        if not self.done.done():
            self.done.set_result(arrived)


class Window:
    """Records of which each has an answer of its own: None, or the code of its error."""

    def __init__(self, count: int, done: asyncio.Future[list[int | None]]) -> None:
        self.answers: list[int | None] = [None] * count
        self.missing, self.done = count, done

    def report(self, index: int, error: KafkaError | None, _: Message) -> None:
        self.answers[index] = None if error is None else error.code()
        self.missing -= 1
        if self.missing == 0 and not self.done.done():
            self.done.set_result(self.answers)


class Publisher:
    """One librdkafka producer. All methods run on the event loop's thread."""

    def __init__(self, brokers: str, loop: asyncio.AbstractEventLoop, ack_wait_s: float) -> None:
        self.loop, self.ack_wait_s = loop, ack_wait_s
        self.breaker = Breaker()
        self.waiting: deque[Waiting] = deque()
        self.windows: list[Window] = []
        self.polling = False
        self.producer: Producer = producer(
            brokers,
            queue__buffering__max__kbytes=QUEUE_KIB,
            message__timeout__ms=GIVE_UP_MS,
            error_cb=_failed,
        )

    async def keep(self, records: Sequence[Outgoing]) -> bool:
        """True once every record is acknowledged by all in-sync replicas; False when that took too long."""
        now = self.loop.time()
        if not records or not self.breaker.admits(now):
            return not records
        arrived = await self._sent(records, now + self.ack_wait_s)
        if arrived:
            self.breaker.answered()
        else:
            self.breaker.failed(self.loop.time())
        return arrived

    def _sent(self, records: Sequence[Outgoing], until: float) -> asyncio.Future[bool]:
        waiting = Waiting(len(records), until, self.loop.create_future())
        try:
            for record in records:
                self.producer.produce(record.topic, record.value, record.key, on_delivery=waiting.report)
        except BufferError:
            waiting.settle(False)
        self.waiting.append(waiting)
        self._start_polling()
        return waiting.done

    async def send(self, records: Sequence[Outgoing]) -> list[int | None]:
        """An answer for each record, however long librdkafka takes to give up: for what is safe on disk."""
        window = Window(len(records), self.loop.create_future())
        for index, record in enumerate(records):
            report = partial(window.report, index)
            try:
                headers: list[tuple[str, str | bytes | None]] = list(record.headers)
                self.producer.produce(record.topic, record.value, record.key, on_delivery=report, headers=headers)
            except BufferError:
                window.answers[index] = KafkaError._QUEUE_FULL
                window.missing -= 1
        if window.missing == 0:
            return window.answers
        self.windows.append(window)
        self._start_polling()
        return await window.done

    def _start_polling(self) -> None:
        if not self.polling:
            self.polling = True
            self.loop.call_later(POLL_S, self._poll)

    def _poll(self) -> None:
        """Serves delivery reports, and gives up on those that are overdue. Runs while anyone waits."""
        self.producer.poll(0)
        now = self.loop.time()
        while self.waiting and (self.waiting[0].done.done() or self.waiting[0].until <= now):
            self.waiting.popleft().settle(False)
        self.windows = [window for window in self.windows if window.missing]
        self.polling = bool(self.waiting or self.windows)
        if self.polling:
            self.loop.call_later(POLL_S, self._poll)

    def flush(self, timeout_s: float) -> int:
        """Before leaving: how many records are still without an answer."""
        return int(self.producer.flush(timeout_s))


def _failed(error: KafkaError) -> None:
    log.warning("kafka is in trouble", extra={"fields": {"code": error.name()}})
