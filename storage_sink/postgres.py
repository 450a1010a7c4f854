"""sink-postgres: poll, decide, then one transaction per batch that also says how far it got; then commit."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from runtime import log as logs
from runtime.breaker import Breaker, observe, open_reason
from runtime.clock import now_ms
from runtime.consumer import FIRST_WAIT_S, LONGEST_WAIT_S, Progress, Service, TooManyRejected, Unavailable, sort
from runtime.declared import histogram
from runtime.health import Inner
from runtime.kafka import partition_counts, producer
from runtime.source import KafkaSource, Message
from runtime.stop import stop_event
from storage_sink.claims import SERVICE
from storage_sink.config import PostgresSinkConfig
from storage_sink.facts import Fact, decide
from storage_sink.guard import Store
from storage_sink.ledger import Entry, Ledger
from storage_sink.migrate import refuse_older
from storage_sink.positions import Progress as Stored

log = logging.getLogger(__name__)
TOPICS: Final = ("issue-events", "issue-changes", "alerts", "outcomes")
UPSTREAM: Final = "error-events"  # its partitions send the markers


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
        wrong = store.probe()
        if wrong is None:
            refuse_older(store.conninfo)
            return True
        log.warning("the store is away", extra={"fields": {"why": wrong}})
        stop.wait(1.0)
    return False


def follow(config: PostgresSinkConfig, store: Store, stop: threading.Event, progress: Progress) -> None:
    upstream = partition_counts(config.kafka_brokers, [UPSTREAM])[UPSTREAM]
    to = producer(config.kafka_brokers)
    ledger = Ledger(store, to, now_ms, upstream=upstream, accept_loss=config.sink_accept_loss)
    source = KafkaSource(
        config.kafka_brokers,
        f"gregor-{SERVICE}",
        TOPICS,
        most=config.sink_batch_rows,
        seek=lambda partitions: where_to_start(ledger, source, partitions),
    )
    progress.watch()
    try:
        serve(ledger, source, stop, progress)
    finally:
        source.close()


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


def serve(ledger: Ledger, source: KafkaSource, stop: threading.Event, progress: Progress) -> None:
    """Any exception ends the process; the batch is read again and what is stored is passed over."""
    service: Service[Fact] = Service(name=SERVICE, decide=decide, act=lambda kept: None)
    breaker = Breaker()
    while not stop.is_set():
        progress.beat()
        batch = source.poll()
        if not batch:
            continue
        entries = decided(service, batch)
        refused = sum(entry.refused is not None for entry in entries)
        breaker = checked(breaker, len(entries) - refused, refused)
        with histogram("gregor_consumer_batch_seconds", service=SERVICE).time():
            dead = settle(ledger, source, entries, stop=stop, progress=progress)
        if dead is None:
            return
        breaker = checked(breaker, 0, max(0, dead - refused))
        source.commit(batch)


def decided(service: Service[Fact], batch: Sequence[Message]) -> list[Entry]:
    """One entry per message, in the order of reading; a redriven one that is another's says nothing."""
    kept, refused = sort(service, batch)
    facts = {(message.topic, message.partition, message.offset): fact for message, fact in kept}
    wrong = {(message.topic, message.partition, message.offset): why for message, why in refused}
    places = [(message.topic, message.partition, message.offset) for message in batch]
    return [Entry(message, facts.get(at), wrong.get(at)) for message, at in zip(batch, places, strict=True)]


def settle(
    ledger: Ledger, source: KafkaSource, entries: Sequence[Entry], *, stop: threading.Event, progress: Progress
) -> int | None:
    """Store the batch; returns how many became dead letters, None when told to stop.

    While the store is away the process stays in its group and fetches nothing.
    """
    wait_s = FIRST_WAIT_S
    while entries and not stop.is_set():
        try:
            return ledger.settle(entries)
        except Unavailable as error:
            log.warning("the store is away", extra={"fields": {"why": str(error)}})
        source.idle(wait_s)
        progress.beat()
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
        entries = [entry for entry in entries if (entry.message.topic, entry.message.partition) in source.assigned]
    return None if stop.is_set() else 0


def checked(before: Breaker, kept: int, dead: int) -> Breaker:
    """Stop when too much is refused: a person must look before the topic is emptied into dead letters."""
    after = observe(before, kept, dead, dead > 0 and kept == 0)
    why = open_reason(after)
    if why is not None:
        raise TooManyRejected(why)
    return after
