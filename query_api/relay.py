"""The outbox relay: every decision and setting reaches Kafka, in order, and is deleted once acknowledged.

Serial under an advisory lock, so a second API process waits. A crash between the acknowledgement and
the delete publishes again: commands are known by their id, settings by their version.
"""

import logging
import threading
import time
from collections.abc import Sequence

import msgspec
import psycopg
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from query_api.outgoing import EVERY_PARTITION, SETTINGS, Row, Unpublishable, partitions, runs, stamped
from runtime.dead_letters import DeadLetters
from runtime.declared import counter, gauge
from runtime.kafka import Outgoing, PublishFailed, partition_counts, producer, publish
from schemas.reasons import Reason
from schemas.verdict import Rejected

log = logging.getLogger(__name__)
LOCK = "select pg_try_advisory_lock(hashtext('gregor.outbox'))"
NEXT = "select outbox_id, topic, key, value::text from outbox order by outbox_id limit %s"
BATCH = 200
POLL_S = 1.0
PAUSE_S = 1.0


class Original(msgspec.Struct, frozen=True):
    """A row of the outbox as a dead letter quotes it."""

    topic: str
    partition: int
    offset: int
    epoch: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Relay:
    """Runs as a thread of the API. `published_at`: when it last found the outbox empty, ms UTC; 0: never."""

    def __init__(self, dsn: str, password: str, brokers: str) -> None:
        self.dsn, self.password, self.brokers = dsn, password, brokers
        self.producer = producer(brokers)
        self.admin = AdminClient({"bootstrap.servers": brokers, "log_level": 3})
        self.dead_letters = DeadLetters(self.producer, "api", lambda: int(time.time() * 1000))
        self.counts: dict[str, int] = {}
        self.published_at = 0

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; a database or broker that is away is asked again, the rows wait."""
        while not stop.is_set():
            try:
                self._serve(stop)
            except (psycopg.OperationalError, PublishFailed, KafkaException) as error:
                log.warning("the outbox waits", extra={"fields": {"error": str(error)}})
                stop.wait(PAUSE_S)

    def _serve(self, stop: threading.Event) -> None:
        with psycopg.connect(
            self.dsn, password=self.password or None, autocommit=True, options="-c search_path=gregor,public"
        ) as connection:
            while not self._locked(connection):
                if stop.wait(PAUSE_S):
                    return
            connection.execute("listen outbox")
            while not stop.is_set():
                if self.step(connection) == 0:
                    self.published_at = int(time.time() * 1000)
                    gauge("gregor_api_outbox_empty_at_seconds").set(self.published_at / 1000)
                    list(connection.notifies(timeout=POLL_S, stop_after=1))

    def _locked(self, connection: psycopg.Connection) -> bool:
        row = connection.execute(LOCK).fetchone()
        return row is not None and bool(row[0])

    def step(self, connection: psycopg.Connection) -> int:
        """Publish what waits, at most a batch; return how many rows that were."""
        found = connection.execute(NEXT, (BATCH,)).fetchall()
        rows = [Row(row[0], row[1], row[2], None if row[3] is None else row[3].encode()) for row in found]
        for run in runs(rows):
            self._publish(run)
            ids = [row.outbox_id for row in run]
            connection.execute("delete from outbox where outbox_id = any (%s)", (ids,))
            counter("gregor_api_published_total", kind="setting" if run[0].topic == SETTINGS else "command").inc(
                len(run)
            )
        return len(rows)

    def _publish(self, run: Sequence[Row]) -> None:
        settings_offset = -1 if run[0].topic == SETTINGS else self._settings_offset()
        records: list[Outgoing] = []
        for row in run:
            try:
                value = stamped(row, settings_offset)
            except Unpublishable as error:
                self._set_aside(row, str(error))
                continue
            key = None if row.key == EVERY_PARTITION else row.key.encode()
            places = partitions(row, self._count(row.topic) if row.key == EVERY_PARTITION else 1)
            records += [Outgoing(row.topic, key, value, place) for place in places]
        publish(self.producer, records)

    def _set_aside(self, row: Row, detail: str) -> None:
        """One unreadable row must not hold up all decisions after it."""
        log.error("an outbox row cannot be published", extra={"fields": {"outbox_id": row.outbox_id, "why": detail}})
        original = Original("outbox", 0, row.outbox_id, 0, row.key.encode(), row.value or b"")
        self.dead_letters.put([(original, Rejected(Reason.INTERNAL, detail))])

    def _settings_offset(self) -> int:
        """Offset of the newest setting: nobody but the relay writes there."""
        place = TopicPartition(SETTINGS, 0)
        found = self.admin.list_offsets({place: OffsetSpec.latest()}, request_timeout=10.0)  # type: ignore[no-untyped-call]
        return int(found[place].result(10.0).offset) - 1

    def _count(self, topic: str) -> int:
        if topic not in self.counts:
            self.counts |= partition_counts(self.brokers, [topic])
        return self.counts[topic]
