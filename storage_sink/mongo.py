"""sink-mongo: full events and dead letters into MongoDB, each once by its id; then commit."""

import logging
import threading
from typing import Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from runtime import log as logs
from runtime.clock import now_ms
from runtime.consumer import Progress
from runtime.dead_letters import DeadLetters
from runtime.health import Inner
from runtime.kafka import producer
from runtime.settings import SettingsView
from runtime.source import KafkaSource
from runtime.stop import stop_event
from storage_sink.config import MongoSinkConfig
from storage_sink.drain import Sink, member, serve
from storage_sink.originals import DEAD_LETTERS, decide
from storage_sink.send import BULK, Client, Documents

log = logging.getLogger(__name__)
SERVICE: Final = "sink-mongo"
TOPICS: Final = ("error-events", DEAD_LETTERS)


def client(uri: str) -> Client:
    """Nothing waits longer than 30 s; `w=majority` and the journal stand in the collections."""
    return MongoClient(
        uri,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=3_000,
        socketTimeoutMS=30_000,
        appname=f"gregor-{SERVICE}",
    )


def run(config: MongoSinkConfig) -> None:
    """Until SIGTERM or SIGINT; then the batch in hand is finished."""
    logs.configure(SERVICE, config.log_level)
    stop, progress, view = stop_event(), Progress(), SettingsView(config.kafka_brokers)
    letters = DeadLetters(producer(config.kafka_brokers), SERVICE, now_ms)
    documents = Documents(client(config.mongo_uri), config.mongo_database, letters)
    inner = Inner(config.sink_mongo_inner_port, documents.probe, progress.wrong)
    inner.start()
    view.start()
    try:
        if await_store(documents, view, stop):
            follow(config, documents, view, stop=stop, progress=progress)
    finally:
        inner.stop()
        view.stop()
        documents.client.close()


def await_store(documents: Documents, view: SettingsView, stop: threading.Event) -> bool:
    """Wait for the server and for the settings. False: told to stop."""
    while not stop.is_set():
        try:
            documents.prepare()
        except PyMongoError as error:
            log.warning("the store is away", extra={"fields": {"service": SERVICE, "why": str(error)}})
        else:
            if view.wait(1.0):
                return True
        stop.wait(1.0)
    return False


def follow(
    config: MongoSinkConfig, documents: Documents, view: SettingsView, *, stop: threading.Event, progress: Progress
) -> None:
    mine = member(SERVICE, config.sink_mongo_inner_port)
    source = KafkaSource(config.kafka_brokers, f"gregor-{SERVICE}", TOPICS, most=2 * BULK, **mine)
    sink = Sink(name=SERVICE, decide=lambda message: decide(message, view.snapshot), settle=documents.settle)
    progress.watch()
    try:
        serve(sink, source, stop, progress)
    finally:
        source.close()
