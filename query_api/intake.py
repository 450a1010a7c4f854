"""The inbox of dead letters: every letter of the topic becomes a row that people can look for."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

import psycopg
from confluent_kafka import KafkaException

from query_api.letters import InboxRow, row
from runtime.clock import now_ms
from runtime.consumer import Progress, Service, Unavailable, serve
from runtime.dead_letters import DeadLetters
from runtime.kafka import producer
from runtime.source import KafkaSource, Message
from schemas.verdict import Dropped, Rejected, Verdict

log = logging.getLogger(__name__)
TOPIC: Final = "dead-letters"
PAUSE_S: Final = 5.0
SEEN: Final = "select set_config('gregor.projects', %s, true)"  # `on conflict` reads what it meets
INSERT: Final = """
insert into dead_letters (dead_id, project_id, source_topic, source_partition, source_offset, dead_partition,
    dead_offset, stage, reason, at, state)
values (%s::uuid, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'open') on conflict (dead_id) do nothing"""


class Inbox:
    """A consumer group of its own; runs as a thread of the API."""

    def __init__(self, dsn: str, password: str, brokers: str) -> None:
        self.dsn, self.password, self.brokers = dsn, password, brokers
        self.progress = Progress()

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; a broker that is away is asked again. A letter that is none is passed over:

        to dead-letter it would go round in circles.
        """
        while not stop.is_set():
            try:
                self._serve(stop)
            except (KafkaException, KeyError) as error:
                log.warning("the inbox of dead letters waits", extra={"fields": {"error": str(error)}})
                stop.wait(PAUSE_S)

    def _serve(self, stop: threading.Event) -> None:
        source = KafkaSource(self.brokers, "gregor-api-inbox", [TOPIC], most=200)
        letters = DeadLetters(producer(self.brokers), "api", now_ms)
        service: Service[InboxRow] = Service(name="api", decide=decide, act=self.store, breaks=False)
        try:
            serve(service, source, letters, stop=stop, progress=self.progress)
        finally:
            source.close()

    def store(self, batch: Sequence[tuple[Message, InboxRow]]) -> None:
        rows = [values(one) for _, one in batch]
        options = "-c search_path=gregor,public"
        try:
            with psycopg.connect(self.dsn, password=self.password or None, options=options) as connection:
                connection.execute(SEEN, (projects([one for _, one in batch]),))
                connection.cursor().executemany(INSERT, rows)
        except psycopg.OperationalError as error:
            raise Unavailable(str(error)) from error


def decide(message: Message) -> Verdict[InboxRow]:
    found = row(message.headers, message.partition, message.offset)
    if isinstance(found, Rejected):
        log.error("a dead letter without its headers", extra={"fields": {"offset": message.offset}})
        return Dropped(found.reason)
    return found


def projects(rows: Sequence[InboxRow]) -> str:
    return ",".join(sorted({str(one.letter.project_id) for one in rows if one.letter.project_id}))


def values(one: InboxRow) -> tuple[object, ...]:
    letter = one.letter
    return (
        *(letter.dead_id, letter.project_id or None, letter.topic, letter.source[1], letter.source[2]),
        *(one.partition, one.offset, letter.stage, letter.reason, letter.at),
    )
