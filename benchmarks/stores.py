"""Both sinks on real servers: a backlog in Kafka drained into PostgreSQL and MongoDB, beside plain bulk loading.

python -m benchmarks.stores              # prints JSON and writes benchmarks/results/stores.json
BENCH_ROWS, BENCH_DOCUMENTS: how many occurrences and events.
"""

import json
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psycopg
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, MongoClient, WriteConcern

from benchmarks.usage import spent, usage
from domain.snapshot import Snapshot
from local_stack.postgres_server import SUPERUSER
from local_stack.scratch import scratch
from local_stack.setup import prepare_stores
from local_stack.stack import Stack
from runtime.kafka import Outgoing, producer, publish, topic_epochs
from runtime.source import Message
from schemas.error_event import ErrorEvent, ExceptionInfo, Frame, Request, User
from schemas.kinds import Level, Matched
from schemas.occurrence import Occurrence
from schemas.wire import encode
from storage_sink.columns import copied
from storage_sink.originals import Full, decide
from storage_sink.send import bson

RESULTS: Final = Path(__file__).parent / "results" / "stores.json"
ROWS: Final = int(os.environ.get("BENCH_ROWS", "200000"))
DOCUMENTS: Final = int(os.environ.get("BENCH_DOCUMENTS", "10000"))
ISSUES: Final = 5_000
STACKS: Final = 300
NOW: Final = int(time.time() * 1000)
PLAIN: Final = "create table plain (like gregor.occurrences)"


def occurrences(count: int, epoch: int) -> Iterator[Occurrence]:
    """Over 5,000 issues, half of the events on few of them, in the last six hours."""
    dice = random.Random(5)  # noqa: S311 made-up data
    for number in range(count):
        common = min(int(dice.paretovariate(0.7)), ISSUES - 1)
        issue = common if dice.random() < 0.5 else dice.randrange(ISSUES)
        yield Occurrence(
            event_id=f"{dice.getrandbits(128):032x}",
            project_id=1 + issue % 5,
            issue_id=f"{issue * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}",
            source=(epoch, number % 4, number // 4, 0),
            received_at=NOW - int((count - number) / count * 6 * 3_600_000),
            occurred_at=NOW - int((count - number) / count * 6 * 3_600_000) - 22,
            level=Level.ERROR,
            handled=False,
            platform="python",
            service=f"service-{issue % 20}",
            environment="production" if dice.random() < 0.9 else "staging",
            release=f"shop@2.4.{number * 7 // count}",
            user=f"{dice.randrange(50_000):016x}",
            trace_id=f"{dice.getrandbits(128):032x}",
            type="KeyError",
            title=f"KeyError: 'amount {issue}'",
            culprit=f"shop.views::pay_{issue}",
            place=f"shop/views.py:{issue}",
            route=f"POST /pay/{issue % 40}",
            key=f"{issue:032x}",
            matched=Matched.SITE,
            tags={"browser": "Chrome 126", "os": "Windows 10", "shard": str(dice.randrange(8))},
        )


def events(count: int) -> Iterator[ErrorEvent]:
    """About 10 KB each, over 300 stacks of 25 frames, variables in the innermost ones."""
    dice = random.Random(6)  # noqa: S311 made-up data
    for _ in range(count):
        stack = dice.randrange(STACKS)
        yield ErrorEvent(
            event_id=f"{dice.getrandbits(128):032x}",
            project_id=1,
            home_key="1|KeyError",
            received_at=NOW,
            occurred_at=NOW - 20,
            service="shop",
            platform="python",
            release="shop@2.4.1",
            exceptions=(ExceptionInfo(type="KeyError", value=f"'{dice.getrandbits(40)}'", frames=frames(stack, dice)),),
            request=Request(method="POST", url="https://shop.example/pay", route="/pay", headers=headers(dice)),
            user=User(id=str(dice.randrange(50_000)), email=f"u{dice.randrange(50_000)}@example.org"),
            tags={"browser": "Chrome 126", "os": "Windows 10"},
            modules={f"package-{number}": f"1.{number}.0" for number in range(60)},
            trace_id=f"{dice.getrandbits(128):032x}",
            root=0,
            root_type="KeyError",
        )


def frames(stack: int, dice: random.Random) -> tuple[Frame, ...]:
    def one(depth: int) -> Frame:
        name = (stack * 7 + depth) % 90
        named = {"order": f"{{'id': {dice.getrandbits(40)}, 'sum': {dice.random()}}}"} if depth > 21 else {}
        return Frame(
            function=f"handle_{stack}_{depth}",
            module=f"shop.module{name}",
            filename=f"shop/module{name}.py",
            lineno=(stack * 13 + depth * 5) % 400 + 1,
            in_app=depth % 3 == 0,
            context_line=f"        value = order[{depth}].get('amount', {stack})",
            pre_context=tuple(f"        step {stack} {depth} {line}" for line in range(5)),
            post_context=tuple(f"        after {stack} {depth} {line}" for line in range(5)),
            vars=named,
        )

    return tuple(one(depth) for depth in range(25))


def headers(dice: random.Random) -> tuple[tuple[str, str], ...]:
    return (("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"), ("X-Request-Id", f"{dice.getrandbits(64):x}"))


class Stores:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.brokers = stack.addresses.kafka_brokers
        self.epochs = topic_epochs(self.brokers, ["error-events", "issue-events"])
        self.documents: Any = MongoClient(stack.addresses.mongo_uri)["gregor_documents"]

    def one(self, sql: str) -> Any:
        with psycopg.connect(self.stack.dsn(SUPERUSER), autocommit=True) as connection:
            row = connection.execute(sql.encode()).fetchone()
        return row[0] if row else None

    def publish(self, topic: str, records: Iterator[tuple[bytes, bytes]]) -> None:
        to = producer(self.brokers, linger__ms=20)
        while part := list(islice(records, 5_000)):
            publish(to, [Outgoing(topic, key, value) for key, value in part])

    def drained(self, service: str, count: Callable[[], int], wanted: int) -> dict[str, Any]:
        """Start the service on its backlog; until all is stored."""
        before, began = usage(self.stack), time.monotonic()
        self.stack.add(service)
        while count() < wanted:
            time.sleep(0.2)
        took = time.monotonic() - began
        cpu = spent(before | {service: type(usage(self.stack)[service])(0.0, 0.0)}, usage(self.stack))
        return {
            "per_s": round(wanted / took),
            "cpu_ms_per_event": {name: round(1000 * used / wanted, 3) for name, used in cpu.items()},
        }


def postgres(stores: Stores) -> dict[str, Any]:
    made = list(occurrences(ROWS, stores.epochs["error-events"]))
    rows = [copied(one, "")[:17] for one in made]
    with psycopg.connect(stores.stack.dsn(SUPERUSER)) as connection:
        connection.execute(PLAIN)
        began = time.monotonic()
        with connection.cursor().copy("copy plain from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        plain = ROWS / (time.monotonic() - began)
        connection.execute("drop table plain")
    stores.publish("issue-events", ((one.issue_id.encode(), encode(one)) for one in made))
    stored = lambda: stores.one("select coalesce(sum(times_seen), 0) from gregor.issue_counts")  # noqa: E731
    found = stores.drained("sink-postgres", stored, ROWS)
    size = stores.one(
        "select sum(pg_total_relation_size(oid)) from pg_class"
        " where relnamespace = 'gregor'::regnamespace and relkind = 'r'"
    )
    ratio = round(found["per_s"] / plain, 3)
    return found | {"rows": ROWS, "plain_copy_per_s": round(plain), "of_plain": ratio, "bytes": round(size / ROWS)}


def mongo(stores: Stores) -> dict[str, Any]:
    values = [encode(event) for event in events(DOCUMENTS)]
    facts = [decide(Message("error-events", 0, n, 1, b"", value, NOW), Snapshot()) for n, value in enumerate(values)]
    full = [fact.value for fact in facts if hasattr(fact, "value") and isinstance(fact.value, Full)]
    writes = [InsertOne({"_id": one.split.document.document_id, **bson(one.document)}) for one in full]
    plain_to = stores.documents.client.get_database("plain", write_concern=WriteConcern("majority", j=True))["events"]
    began = time.monotonic()
    for start in range(0, DOCUMENTS, 250):
        plain_to.bulk_write(writes[start : start + 250], ordered=False)
    plain = DOCUMENTS / (time.monotonic() - began)
    stores.documents.client.drop_database("plain")
    stores.publish("error-events", ((str(n).encode(), value) for n, value in enumerate(values)))
    there = stores.documents["events"]
    found = stores.drained("sink-mongo", there.estimated_document_count, DOCUMENTS)
    sizes = {name: sum(len(one.raw) for one in raw(stores, name)) / DOCUMENTS for name in ("events", "stacks")}
    return found | {
        "documents": DOCUMENTS,
        "json_bytes": round(sum(map(len, values)) / DOCUMENTS),
        "plain_insert_per_s": round(plain),
        "of_plain": round(found["per_s"] / plain, 3),
        "bson_bytes": {name: round(size) for name, size in sizes.items()},
    }


def raw(stores: Stores, name: str) -> Any:

    return stores.documents.get_collection(name, codec_options=CodecOptions(RawBSONDocument)).find()


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "command": "python -m benchmarks.stores",
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    with scratch() as config:
        stack = Stack(config, only=())
        stack.start()
        try:
            prepare_stores(stack.addresses, stack.keys, stack._timed)
            stores = Stores(stack)
            found = {"machine": machine(), "postgres": postgres(stores), "mongo": mongo(stores)}
        finally:
            stack.stop()
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
