"""The notifier as a process: steps come in by Kafka, decisions go to the ledger, a second thread sends."""

import asyncio
import logging
import os
import signal
import threading
from functools import partial
from typing import Final

import msgspec
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from notifier.config import NotifierConfig
from notifier.intake import Book, Desk, understood
from notifier.ledger.decisions import Hook, Ledger
from notifier.ledger.queue import Queue
from notifier.ledger.rechecks import Rechecks
from notifier.listener import Listener
from notifier.postgres import conninfo, wrong
from notifier.publish import Publisher
from notifier.run import Errand, beating, falling_back, fetching, rechecking, together
from notifier.send.after import Aftermath
from notifier.send.couriers import couriers, outside
from notifier.send.guard import Web
from notifier.send.sender import Sender
from notifier.send.templates import Templates, Worker
from notifier.world import arranged
from runtime import log as logs
from runtime.clock import now_ms
from runtime.consumer import Progress, Service, serve
from runtime.dead_letters import DeadLetters
from runtime.health import Check, Inner
from runtime.kafka import producer
from runtime.secrets import master
from runtime.settings import SettingsView
from runtime.source import KafkaSource
from runtime.stop import stop_event

log = logging.getLogger(__name__)
NAME: Final = "notifier"
TOPIC: Final = "alerts"
MOST: Final = 64  # steps in one transaction
ROUND_TRIP_S: Final = 2.0


class Parts(msgspec.Struct, frozen=True):
    """What a running notifier is made of."""

    desk: Desk
    sender: Sender
    errands: tuple[Errand, ...]
    listener: Listener
    publisher: Publisher
    progress: Progress


def run(config: NotifierConfig) -> None:
    logs.configure(NAME, config.log_level)
    stop = stop_event()
    view = SettingsView(config.kafka_brokers)
    parts = _parts(config, view)
    inner = Inner(config.notifier_inner_port, _ready(config, view), live=parts.progress.wrong)
    inner.start()
    view.start()
    while not stop.is_set() and not view.wait(0.5):
        parts.progress.beat()
    sending = threading.Thread(target=_send, args=(parts, stop), name="sender")
    sending.start()
    log.info("started", extra={"fields": {"settings": view.offset}})
    try:
        _consume(config, parts, stop)
    finally:
        stop.set()
        sending.join()
        parts.publisher.close()
        view.stop()
        inner.stop()


def _parts(config: NotifierConfig, view: SettingsView) -> Parts:
    hook = dying_at(config.notifier_crash_at)
    address = conninfo(config.postgres_dsn, config.secret_postgres_password)
    channels = couriers(config)
    arrange = partial(arranged, available=channels, alone_per_minute=config.alone_per_minute)
    book = Book(lambda: view.snapshot, arrange, master(config.secret_master_key))
    publisher = Publisher(producer(config.kafka_brokers))
    queue, side = (Queue(address, f"{os.uname().nodename}:{os.getpid()}") for _ in range(2))
    after = Aftermath(queue, book.world, publisher.commands)
    templates = Templates(Worker(), queue, config.public_url.rstrip("/"))
    sender = Sender(queue, channels, after, templates, opens=book.open, publish=publisher.changed, hook=hook)
    desk = Desk(Ledger(address, hook), book.world, say=publisher.commands, wake=sender.wake, hook=hook)
    errands = (
        rechecking(Rechecks(address), book.world, publisher.commands),
        falling_back(side),
        fetching(side, book.world, sender.wake),
        *([beating(side, Web(outside(config)), config.heartbeat_url)] if config.heartbeat_url else []),
    )
    return Parts(desk, sender, errands, _listener(config, address), publisher, Progress())


def _listener(config: NotifierConfig, address: str) -> Listener:
    return Listener(
        Queue(address, "listener"),
        config.notifier_port,
        callback=config.twilio_callback,
        twilio_token=config.secret_twilio_token,
        host=config.notifier_host,
    )


def _consume(config: NotifierConfig, parts: Parts, stop: threading.Event) -> None:
    source = KafkaSource(config.kafka_brokers, f"gregor-{NAME}", [TOPIC], most=MOST)
    letters = DeadLetters(parts.publisher.producer, NAME, now_ms)
    service = Service(name=NAME, decide=understood, act=parts.desk.act)
    parts.progress.watch()
    try:
        serve(service, source, letters, stop=stop, progress=parts.progress)
    finally:
        source.close()


def _send(parts: Parts, stop: threading.Event) -> None:
    """If the sender dies, the process does: a notifier that only decides would be silence."""
    try:
        asyncio.run(together(parts.sender, parts.errands, stop, parts.listener))
    except BaseException:
        log.critical("the sender ended", exc_info=True)
        os._exit(1)


def _ready(config: NotifierConfig, view: SettingsView) -> Check:
    admin = AdminClient({"bootstrap.servers": config.kafka_brokers, "log_level": 3})
    address = conninfo(config.postgres_dsn, config.secret_postgres_password)

    def ready() -> str | None:
        if not view.ready():
            return "settings: not read to the end yet"
        try:
            admin.list_topics(TOPIC, timeout=ROUND_TRIP_S)
        except KafkaException as error:
            return f"kafka: {error}"
        return wrong(address)

    return ready


def dying_at(point: str) -> Hook:
    """Tests only: end the process at a named point, as SIGKILL would."""

    def hook(here: str) -> None:
        if here == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook
