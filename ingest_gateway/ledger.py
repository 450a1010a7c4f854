"""What the door tells of itself: outcomes to their topic, metrics, one log line a request."""

import logging
import os
import sys
import time
from typing import Final

import msgspec
from prometheus_client import Counter, Histogram

from ingest_gateway.answer import Answer
from ingest_gateway.outcomes import Outcomes
from ingest_gateway.publish import Publisher
from ingest_gateway.visit import Visit
from runtime.declared import counter, histogram
from runtime.kafka import Outgoing
from schemas.kinds import Door
from schemas.wire import encode

log = logging.getLogger(__name__)
TOPIC: Final = "outcomes"
MOST_PENDING: Final = 10_000
SAY_EVERY_S: Final = 10.0
LINES_AT_ONCE: Final = 200
OK: Final = "ok"


class Lines:
    """One line a request, as `runtime.log` writes them, but many at once: logging each costs as much as reading it."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.second, self.stamp = -1, ""

    def add(self, fields: dict[str, object], at: int) -> None:
        if at // 1000 != self.second:
            self.second = at // 1000
            self.stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.second))
        head = {"time": f"{self.stamp}.{at % 1000:03}Z", "level": "info", "service": "gateway", "logger": __name__}
        self.waiting.append(msgspec.json.encode(head | {"message": "request"} | fields))
        if len(self.waiting) >= LINES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            sys.stderr.buffer.write(b"\n".join(self.waiting) + b"\n")
            sys.stderr.buffer.flush()
            self.waiting.clear()


class Ledger:
    """Outcomes are kept until Kafka has them; sent twice they have one id, and count once."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.outcomes = Outcomes(os.urandom(8).hex())
        self.pending: list[Outgoing] = []
        self.said_at = 0.0
        self.lines = Lines()
        self.metered: dict[tuple[Door, str], tuple[Counter, Histogram]] = {}

    def told(self, visit: Visit, answer: Answer, took_s: float) -> None:
        project_id = visit.admission.project_id if visit.admission else 0
        if answer.reason and answer.reason not in visit.ended:
            visit.count(answer.reason)  # the request itself, or what stood behind its last good item
        self.outcomes.add_all(project_id, visit.at, visit.ended)
        self.outcomes.add_all(project_id, visit.at, visit.brought.counts)
        count, seconds = self.meters(visit.door, answer.reason or OK)
        count.inc()
        seconds.observe(took_s)
        if log.isEnabledFor(logging.INFO):
            self.lines.add(visit.line(answer, took_s), visit.at)

    def meters(self, door: Door, reason: str) -> tuple[Counter, Histogram]:
        """Looked up once: naming a metric costs more than counting."""
        found = self.metered.get((door, reason))
        if found is None:
            count = counter("gregor_gateway_requests_total", door=door, reason=reason)
            found = (count, histogram("gregor_gateway_request_seconds", door=door))
            self.metered[door, reason] = found
        return found

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
