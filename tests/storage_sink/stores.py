"""A sink's ledger on a real PostgreSQL, fed with messages made here."""

from collections.abc import Iterable, Sequence
from typing import Any

from runtime.source import Message
from schemas.record import Record
from schemas.wire import encode
from storage_sink.drain import Entry, Sink, decided
from storage_sink.facts import Fact, decide
from storage_sink.guard import Store
from storage_sink.ledger import Ledger
from tests.builders import AT
from tests.storage_sink.servers import Postgres
from tests.storage_sink.wires import Wire

EPOCH = 7341
UPSTREAM = {"issue-events": 2, "issue-changes": 1, "alerts": 1}


class Log:
    """One partition of a topic: gives each record the next offset."""

    def __init__(self, topic: str = "issue-events", partition: int = 0, offset: int = 0) -> None:
        self.topic, self.partition, self.offset = topic, partition, offset

    def of(self, records: Iterable[Record | bytes]) -> list[Message]:
        return [self._next(record if isinstance(record, bytes) else encode(record)) for record in records]

    def _next(self, value: bytes) -> Message:
        self.offset += 1
        return Message(self.topic, self.partition, self.offset - 1, EPOCH, b"", value, AT)


class Bench:
    """`settle` as the sink would; `rows` as the superuser."""

    def __init__(self, server: Postgres) -> None:
        self.server, self.wire = server, Wire()
        self.store = Store(server.dsn("gregor_sink", "gregor"))
        self.ledger = self.another()

    def another(self, **options: Any) -> Ledger:
        """A sink that was just started."""
        return Ledger(self.store, self.wire, lambda: AT + 1_000, upstream=UPSTREAM, **options)  # type: ignore[arg-type]

    def settle(self, messages: Sequence[Message]) -> int:
        return self.ledger.settle(entries(messages))

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.server.execute(text)

    def one(self, text: str) -> Any:
        return self.rows(text)[0][0]

    def empty(self) -> None:
        names = self.rows(
            "select relname from pg_class where relnamespace = 'gregor'::regnamespace"
            " and relkind in ('r', 'p') and not relispartition and relname not like '%yoyo%' and relname <> 'audit'"
        )
        self.server.execute("; ".join(f"delete from gregor.{name}" for (name,) in names))


def entries(messages: Sequence[Message]) -> list[Entry[Fact]]:
    sink: Sink[Fact] = Sink(name="sink-postgres", decide=decide, settle=lambda _: 0)
    return decided(sink, messages)
