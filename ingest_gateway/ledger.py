"""What the door tells of itself: outcomes to their topic, metrics, one log line a request."""

import logging
import os
import time
from typing import Final

from ingest_gateway.answer import Answer
from ingest_gateway.outcomes import Outcomes
from ingest_gateway.publish import Publisher
from ingest_gateway.visit import Visit
from runtime.declared import counter, histogram
from runtime.kafka import Outgoing
from schemas.wire import encode

log = logging.getLogger(__name__)
TOPIC: Final = "outcomes"
MOST_PENDING: Final = 10_000
SAY_EVERY_S: Final = 10.0


class Ledger:
    """Outcomes are kept until Kafka has them; sent twice they have one id, and count once."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.outcomes = Outcomes(os.urandom(8).hex())
        self.pending: list[Outgoing] = []
        self.said_at = 0.0

    def told(self, visit: Visit, answer: Answer, took_s: float) -> None:
        project_id = visit.admission.project_id if visit.admission else 0
        if answer.reason and answer.reason not in visit.ended:
            visit.ended[answer.reason] += 1  # the request itself, or what stood behind its last good item
        self.outcomes.add_all(project_id, visit.at, visit.ended + visit.brought_beside())
        counter("gregor_gateway_requests_total", door=visit.door, reason=answer.reason or "ok").inc()
        histogram("gregor_gateway_request_seconds", door=visit.door).observe(took_s)
        log.info("request", extra={"fields": visit.line(answer, os.urandom(8).hex(), took_s)})

    async def flush(self, spool_oldest_at: int = 0) -> None:
        """Sends what was counted since, and what did not arrive before.

        At least every 10 s something is said, if only how old the spool is: a silent gateway is unknown.
        """
        now = time.time()
        if now - self.said_at > SAY_EVERY_S or spool_oldest_at:
            self.outcomes.hear(0, int(now * 1000))
        drained = self.outcomes.drain(spool_oldest_at)
        self.said_at = now if drained else self.said_at
        self.pending += [Outgoing(TOPIC, str(each.project_id).encode(), encode(each)) for each in drained]
        if self.pending and await self.publisher.keep(self.pending):
            self.pending.clear()
        if len(self.pending) > MOST_PENDING:
            log.error("outcomes are lost", extra={"fields": {"count": len(self.pending) - MOST_PENDING}})
            del self.pending[:-MOST_PENDING]
