"""One batch, one transaction: what it holds, what must be told, and how far the store now is."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from confluent_kafka import Producer

from runtime.consumer import BadBatch, Unavailable
from runtime.dead_letters import DeadLetters
from runtime.declared import counter
from runtime.kafka import Outgoing, PublishFailed, publish
from schemas.commands import IssueCommand
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.record import Record
from schemas.verdict import Rejected
from schemas.wire import encode
from storage_sink import tables
from storage_sink.claims import SERVICE, dead
from storage_sink.drain import Entry
from storage_sink.facts import Fact, Facts, Seen, gathered
from storage_sink.guard import Moment, Store
from storage_sink.positions import (
    UNREAD,
    Gap,
    Newest,
    Place,
    Progress,
    ends,
    folded,
    gaps,
    is_stored,
    starts,
    watermark,
)
from storage_sink.sums import DAY_MS
from storage_sink.traits import Known

log = logging.getLogger(__name__)
MOMENTS: Final = 5  # tries of a transaction that met a deadlock or a lock


class Lost(Exception):
    """Records expired unread. Told to accept it (GREGOR_SINK_ACCEPT_LOSS), the sink goes on."""


class Ledger:
    """Writes batches; what must be told is acknowledged by the broker before the commit."""

    def __init__(
        self,
        store: Store,
        producer: Producer,
        clock: Callable[[], int],
        *,
        upstream: Mapping[str, int],
        accept_loss: bool = False,
    ) -> None:
        """`upstream`: from how many partitions markers come into one partition of each topic."""
        self.store, self.producer, self.clock = store, producer, clock
        self.upstream, self.accept_loss = upstream, accept_loss
        self.letters = DeadLetters(producer, SERVICE, clock)
        self.newest: Newest = {}
        self.known = Known()

    def settle(self, entries: Sequence[Entry[Fact]]) -> int:
        """Write all of them; halve until what the store refuses stands alone.

        Returns how many became dead letters. May be repeated: what is stored is passed over.
        """
        try:
            self._patient(entries)
        except BadBatch as error:
            return self._isolate(entries, Rejected(Reason.STORE_REFUSED, str(error)))
        except (Unavailable, Lost):
            raise
        except Exception:
            log.exception("a bug while storing", extra={"fields": {"messages": len(entries)}})
            return self._isolate(entries, Rejected(Reason.INTERNAL, "a bug while storing; see the service's log"))
        return sum(entry.refused is not None for entry in entries)

    def begin(self, partitions: Mapping[str, int]) -> None:
        """A row for every partition: one that nothing was read from yet is known to be behind."""
        places = {(topic, number): UNREAD for topic, count in partitions.items() for number in range(count)}
        with self.store.transaction() as connection:
            tables.lock_places(connection, places, self.clock())

    def positions(self) -> dict[Place, Progress]:
        """How far the store is in every partition."""
        with self.store.transaction() as connection:
            return tables.positions(connection)

    def _isolate(self, entries: Sequence[Entry[Fact]], why: Rejected) -> int:
        if len(entries) == 1:
            self._patient([msgspec.structs.replace(entries[0], refused=why)])
            return 1
        middle = len(entries) // 2
        return self.settle(entries[:middle]) + self.settle(entries[middle:])

    def _patient(self, entries: Sequence[Entry[Fact]]) -> None:
        for attempt in range(1, MOMENTS + 1):
            try:
                return self._write(entries)
            except Moment as error:
                log.info("the store was busy", extra={"fields": {"attempt": attempt, "why": str(error)}})
        raise Unavailable("the store stays busy")

    def _write(self, entries: Sequence[Entry[Fact]]) -> None:
        now = self.clock()
        self.store.make_days(_days(entries), now // DAY_MS)
        messages = [entry.message for entry in entries]
        with self.store.transaction() as connection:
            stored = tables.lock_places(connection, starts(messages), now)
            self._refuse(gaps(messages, stored))
            new = [entry for entry in entries if not is_stored(entry.message, stored)]
            facts = gathered(entry.fact for entry in new if entry.refused is None)
            written = tables.write(connection, facts, self.known)
            self._tell(written.told, new)
            newest = folded(self.newest, facts.passed)
            last = ends(entry.message for entry in new)
            marks = [watermark(newest, place, self.upstream.get(place[0], 0)) for place in last]
            tables.advance(connection, last, marks, now)
        self.newest = newest
        self.known.add(written.traits)
        _count(facts, written.told)

    def _tell(self, told: Sequence[Record], new: Sequence[Entry[Fact]]) -> None:
        refused = [(entry.message, entry.refused) for entry in new if entry.refused is not None]
        gone = [dead(entry.fact.occurrence) for entry in new if entry.refused and isinstance(entry.fact, Seen)]
        try:
            publish(self.producer, [outgoing(record) for record in (*told, *gone)])
            self.letters.put(refused)
        except PublishFailed as error:
            raise Unavailable(f"kafka: {error}") from error

    def _refuse(self, found: Sequence[Gap]) -> None:
        for gap in found:
            counter("gregor_sink_lost_total").inc(gap.found - gap.expected)
            log.error("records expired unread", extra={"fields": msgspec.structs.asdict(gap)})
        if found and not self.accept_loss:
            raise Lost(f"{len(found)} partitions have lost records; GREGOR_SINK_ACCEPT_LOSS=true goes on without them")


def outgoing(record: Record) -> Outgoing:
    """Where a record of this sink goes."""
    match record:
        case IssueCommand():
            return Outgoing("issue-events", record.issue_id.encode(), encode(record))
        case Outcome():
            return Outgoing("outcomes", str(record.project_id).encode(), encode(record))
        case _:
            raise TypeError(type(record).__name__)


def _days(entries: Sequence[Entry[Fact]]) -> set[int]:
    """Days since 1970 of the occurrences."""
    return {entry.fact.occurrence.received_at // DAY_MS for entry in entries if isinstance(entry.fact, Seen)}


def _count(facts: Facts, told: Sequence[Record]) -> None:
    kinds = {
        "occurrence": facts.seen,
        "change": facts.changed,
        "step": facts.stepped,
        "result": facts.results,
        "outcome": facts.told,
        "marker": facts.passed,
    }
    for kind, found in kinds.items():
        counter("gregor_sink_facts_total", kind=kind).inc(len(found))
    counter("gregor_sink_duplicates_total").inc(sum(isinstance(record, Outcome) for record in told))
