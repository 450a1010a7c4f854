"""sink-postgres: poll, decide, then one transaction per batch that also says how far it got; then commit."""

import logging
import threading
from collections.abc import Mapping
from typing import Final

import psycopg
from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from runtime import log as logs
from runtime.clock import now_ms
from runtime.consumer import Progress, Unavailable
from runtime.health import Inner
from runtime.kafka import partition_counts, producer
from runtime.source import KafkaSource
from runtime.stop import stop_event
from storage_sink.claims import SERVICE
from storage_sink.config import PostgresSinkConfig
from storage_sink.drain import Sink, member, serve
from storage_sink.facts import decide
from storage_sink.guard import Store
from storage_sink.ledger import Ledger
from storage_sink.migrate import refuse_older
from storage_sink.positions import Progress as Stored

log = logging.getLogger(__name__)
TOPICS: Final = ("issue-events", "issue-changes", "alerts", "outcomes")
MARKED: Final = TOPICS[:3]  # markers pass these


class Cut(Exception):
    """A log ends before what the store has of it: it was restored, or is another one."""


def run(config: PostgresSinkConfig) -> None:
    """Until SIGTERM or SIGINT; then the batch in hand is finished."""
    logs.configure(SERVICE, config.log_level)
    stop, progress = stop_event(), Progress()
    store = Store(config.postgres_dsn, config.secret_postgres_password)
    inner = Inner(config.sink_postgres_inner_port, store.probe, progress.wrong)
    inner.start()
    try:
        if await_store(store, stop):
            follow(config, store, stop, progress)
    finally:
        inner.stop()
        store.close()


def await_store(store: Store, stop: threading.Event) -> bool:
    """Wait for the database; SchemaOlder when it is not at this release's schema. False: told to stop."""
    while not stop.is_set():
        try:
            refuse_older(store.conninfo)
        except psycopg.OperationalError as error:
            log.warning("the store is away", extra={"fields": {"service": SERVICE, "why": str(error)}})
        else:
            return True
        stop.wait(1.0)
    return False


def follow(config: PostgresSinkConfig, store: Store, stop: threading.Event, progress: Progress) -> None:
    counts = partition_counts(config.kafka_brokers, MARKED)
    to = producer(config.kafka_brokers)
    ledger = Ledger(store, to, now_ms, upstream=upstream(counts), accept_loss=config.sink_accept_loss)
    ledger.begin(counts)
    source = KafkaSource(
        config.kafka_brokers,
        f"gregor-{SERVICE}",
        TOPICS,
        most=config.sink_batch_rows,
        seek=lambda partitions: where_to_start(ledger, source, partitions),
        **member(SERVICE, config.sink_postgres_inner_port),
    )
    progress.watch()
    try:
        serve(Sink(name=SERVICE, decide=decide, settle=ledger.settle), source, stop, progress)
    finally:
        source.close()


def upstream(counts: Mapping[str, int]) -> dict[str, int]:
    """Fingerprint passes a marker of each of its partitions on to all of `issue-events`; the stages after it speak

    for their own partition alone. All stage topics have the same count.
    """
    return {"issue-events": counts["issue-events"], "issue-changes": 1, "alerts": 1}


def where_to_start(ledger: Ledger, source: KafkaSource, partitions: list[TopicPartition]) -> list[TopicPartition]:
    """The store's own positions count, not the group's: those may be behind it, never ahead.

    With the store away the group's are good enough: what is stored already is passed over.
    """
    try:
        stored = ledger.positions()
    except Unavailable:
        return partitions
    return [start(source, part, stored.get((part.topic, part.partition))) for part in partitions]


def start(source: KafkaSource, part: TopicPartition, known: Stored | None) -> TopicPartition:
    if known is None or known.epoch != source.epochs[part.topic]:
        return TopicPartition(part.topic, part.partition, OFFSET_BEGINNING)
    _, end = source.consumer.get_watermark_offsets(part, timeout=10)
    if end < known.next_offset:
        raise Cut(f"{part.topic}[{part.partition}] ends at {end}, the store has it up to {known.next_offset}")
    return TopicPartition(part.topic, part.partition, known.next_offset)
