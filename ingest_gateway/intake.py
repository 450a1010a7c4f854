"""`gregor run intake`: events that applications produce to Kafka themselves, through the same pipeline."""

import logging
import os
from collections.abc import Sequence
from typing import Final

from confluent_kafka import Producer
from msgspec.structs import replace

from ingest_gateway import records
from ingest_gateway.config import IntakeConfig
from ingest_gateway.login import Register
from ingest_gateway.outcomes import ACCEPTED, Outcomes
from ingest_gateway.prepare import Prepared
from ingest_gateway.quota import Quotas
from runtime.clock import now_ms
from runtime.consumer import Progress, Service, serve
from runtime.dead_letters import DeadLetters, Original
from runtime.health import Inner
from runtime.kafka import Outgoing, producer, publish
from runtime.settings import SettingsView
from runtime.source import KafkaSource, Message
from runtime.stop import stop_event
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from schemas.wire import encode

log = logging.getLogger(__name__)
SERVICE: Final = "intake"
SOURCE: Final = "error-intake"
TOPIC: Final = "error-events"
OUTCOMES: Final = "outcomes"
SETTINGS_WAIT_S: Final = 1.0


def run(config: IntakeConfig) -> None:
    """Until SIGTERM or SIGINT; then the batch in hand is finished."""
    stop, progress, view = stop_event(), Progress(), SettingsView(config.kafka_brokers)
    inner = Inner(
        config.intake_inner_port, lambda: None if view.ready() else "settings are not complete", progress.wrong
    )
    inner.start()
    view.start()
    while not view.wait(SETTINGS_WAIT_S) and not stop.is_set():
        progress.beat()
    door = Intake(config, Register(view, config.secret_master_key), producer(config.kafka_brokers))
    source = KafkaSource(config.kafka_brokers, f"gregor-{SERVICE}", (SOURCE,))
    progress.watch()
    try:
        serve(door.service(), source, door, stop=stop, progress=progress)
    finally:
        source.close()
        inner.stop()
        view.stop()


class Intake:
    """Decides by settings and quotas; also the place of its dead letters, whose originals hold no secret."""

    def __init__(self, config: IntakeConfig, register: Register, to: Producer) -> None:
        self.config, self.register, self.producer = config, register, to
        self.quotas = Quotas(config.gateway_replicas)
        self.letters = DeadLetters(to, SERVICE, now_ms)
        self.outcomes = Outcomes(os.urandom(8).hex(), SERVICE)

    def service(self) -> Service[Prepared]:
        return Service(name=SERVICE, decide=self.decide, act=self.act, breaks=False)

    def decide(self, message: Message) -> Verdict[Prepared]:
        project_id, verdict = self._judged(message)
        ended = ACCEPTED if isinstance(verdict, Kept) else verdict.reason
        self.outcomes.add_all(project_id, message.at, {ended: 1})
        return verdict

    def _judged(self, message: Message) -> tuple[int, Verdict[Prepared]]:
        event = records.event_in(message)
        if isinstance(event, Rejected):
            return 0, event
        directory = self.register.directory()
        assert directory is not None  # the view was complete before the first record
        trusted = self.config.intake_trust_project_header
        admission = records.admitted(message, event.value, directory.admissions, trusted)
        if isinstance(admission, Rejected):
            return 0, admission
        project_id = admission.value.project_id
        if not self.quotas.take(admission.value, 1, message.at / 1000).count:
            return project_id, Dropped(Reason.OVER_QUOTA)
        return project_id, records.prepared(message, event.value, admission.value)

    def act(self, kept: Sequence[tuple[Message, Prepared]]) -> None:
        publish(self.producer, [Outgoing(TOPIC, each.key, each.value) for _, each in kept])

    def put(self, refused: Sequence[tuple[Original, Rejected]]) -> None:
        """Called once a batch, before its commit: dead letters, then what became of all."""
        self.letters.put([(_cleaned(original), why) for original, why in refused])
        counted = self.outcomes.drain()
        publish(self.producer, [Outgoing(OUTCOMES, str(each.project_id).encode(), encode(each)) for each in counted])


def _cleaned(original: Original) -> Original:
    """Should the cleaning itself fail, nothing of the original is kept: its place says where it is."""
    assert isinstance(original, Message)
    try:
        value = records.without_secrets(original.value)
    except Exception:
        log.error("an original could not be cleaned", extra={"fields": {"offset": original.offset}})
        value = b""
    return replace(original, value=value)
