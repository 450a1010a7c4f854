"""Both sinks as processes on real servers: killed at chosen instants, their stores taken away, and back."""

import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pymongo import MongoClient

from domain.documents import join
from local_stack.scratch import free_ports
from runtime.kafka import Outgoing, producer, publish, topic_epochs
from schemas.record import Record
from schemas.wire import encode
from storage_sink import migrate
from storage_sink.config import MongoSinkConfig, PostgresSinkConfig
from tests.builders import an_event, an_occurrence, numbered
from tests.storage_sink.servers import Postgres, kafka, mongo, postgres, python, until

KILLS = 3
ROOT = Path(__file__).parents[2]


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class World:
    """Kafka, PostgreSQL and the MongoDB-wire server, and what was published."""

    def __init__(self, stack: ExitStack) -> None:
        self.kafka, self.brokers = stack.enter_context(kafka())
        self.postgres: Postgres = stack.enter_context(postgres())
        self.mongo, self.mongo_uri = stack.enter_context(mongo())
        migrate.prepare(self.postgres.dsn(), "gregor", {})
        migrate.apply(self.postgres.dsn("gregor_owner", "gregor"))
        self.client: MongoClient[dict[str, Any]] = MongoClient(self.mongo_uri)
        stack.callback(self.client.close)
        self.documents = self.client["gregor_documents"]
        self.producer = producer(self.brokers)
        self.processes: list[subprocess.Popen[bytes]] = []
        stack.callback(self.stop)
        self.epoch = topic_epochs(self.brokers, ["error-events"])["error-events"]
        self.published = 0
        self.ports = free_ports(3)

    def start(self, name: str, *doom: str, rows: int = 40, port: int = 0) -> "subprocess.Popen[bytes]":
        """The same inner port: the same member of the group, which takes its partitions back at once."""
        configs = {
            "postgres": PostgresSinkConfig(
                kafka_brokers=self.brokers,
                postgres_dsn=self.postgres.dsn("gregor_sink", "gregor"),
                sink_postgres_inner_port=port or self.ports[0],
                sink_batch_rows=rows,
            ),
            "mongo": MongoSinkConfig(
                kafka_brokers=self.brokers, mongo_uri=self.mongo_uri, sink_mongo_inner_port=self.ports[1]
            ),
        }
        given = msgspec.json.encode(configs[name]).decode()
        started = python("-m", "tests.storage_sink.doomed", name, given, *doom, environ={"PYTHONPATH": str(ROOT)})
        self.processes.append(started)
        if not doom:
            inner = self.ports[1] if name == "mongo" else port or self.ports[0]
            until(lambda: ready(inner), f"sink-{name} is ready")
        return started

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            process.wait(30)

    def publish(self, topic: str, records: list[Record], key: bytes = b"") -> None:
        publish(self.producer, [Outgoing(topic, key or str(n).encode(), encode(one)) for n, one in enumerate(records)])

    def occurrences(self, count: int) -> None:
        """New events over 7 issues; every tenth is sent twice, every hundredth from another position."""
        first, self.published = self.published, self.published + count
        found = [
            an_occurrence(event_id=numbered(n), issue_id=numbered(n % 7), source=(self.epoch, 0, n, 0))
            for n in range(first, first + count)
        ]
        again = found[::10] + [
            msgspec.structs.replace(one, source=(self.epoch, 1, *one.source[2:])) for one in found[::100]
        ]
        for one in found + again:
            self.publish("issue-events", [one], one.issue_id.encode())

    def stored(self) -> int:
        return int(self.postgres.execute("select count(*) from gregor.occurrences")[0][0])  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack)


def exact(world: World) -> None:
    """Every event once, and every sum equal to the rows."""
    (row,) = world.postgres.execute(
        "select count(*), count(distinct event_id), (select sum(times_seen) from gregor.issue_counts),"
        " (select sum(times_seen) from gregor.issue_daily), (select sum(times_seen) from gregor.project_hourly),"
        " (select sum(times_seen) from gregor.issue_environments),"
        " (select sum(events) from gregor.outcomes where reason = 'stored') from gregor.occurrences"
    )
    assert row == (world.published,) * 7


@pytest.mark.parametrize("place", ["commit", "store"])
def test_sink_postgres_killed_around_its_commit_stores_each_event_once(world: World, place: str) -> None:
    for kill in range(KILLS):
        world.occurrences(100)
        assert world.start("postgres", place, str(1 + kill)).wait(60) == -signal.SIGKILL
    last = world.start("postgres")
    until(lambda: world.stored() == world.published, "all is stored")
    until(lambda: duplicates(world) == world.published // 100, "each true duplicate is counted once")
    last.terminate()
    assert last.wait(30) == 0
    exact(world)


def duplicates(world: World) -> int:
    (row,) = world.postgres.execute("select coalesce(sum(events), 0) from gregor.outcomes where reason = 'duplicate'")
    return int(row[0])  # type: ignore[call-overload]


def test_sink_postgres_outlives_its_store(world: World) -> None:
    """Fast shutdown and kill -9 of PostgreSQL under way: no crash, and nothing lost or doubled."""
    sink = world.start("postgres", rows=20)
    for mode in ("fast", "immediate"):
        world.occurrences(300)
        world.postgres.stop(mode)
        time.sleep(2)  # an outage has a length
        world.postgres.start()
        until(lambda: world.stored() == world.published, "all is stored")
    assert sink.poll() is None
    sink.terminate()
    assert sink.wait(30) == 0
    exact(world)


def test_a_stopped_sink_hands_its_partitions_to_another(world: World) -> None:
    first, second = world.start("postgres", rows=10), world.start("postgres", rows=10, port=world.ports[2])
    for _ in range(3):
        world.occurrences(100)
    first.send_signal(signal.SIGKILL)
    world.occurrences(100)
    until(lambda: world.stored() == world.published, "all is stored", 60)
    second.terminate()
    assert (first.wait(30), second.wait(30)) == (-signal.SIGKILL, 0)
    exact(world)


def test_a_log_that_ends_before_what_the_store_has_stops_the_sink(world: World) -> None:
    """A broker restored from an older copy would give new records old offsets: they would be passed over."""
    ahead = "update gregor.sink_positions set next_offset = next_offset {} where topic = 'alerts' and partition = 0"
    publish(world.producer, [Outgoing("alerts", b"k", b'{"record":"later.v9"}', partition=0)])
    sink = world.start("postgres")
    read = "select next_offset from gregor.sink_positions where topic = 'alerts' and partition = 0 and epoch >= 0"
    until(lambda: world.postgres.execute(read), "the step is read")
    sink.terminate()
    assert sink.wait(30) == 0
    world.postgres.execute(ahead.format("+ 1000"))
    assert world.start("postgres", "").wait(60) == 1
    world.postgres.execute(ahead.format("- 1000"))


# ---- MongoDB


def events(first: int, count: int) -> list[Record]:
    return [
        an_event(event_id=numbered(n), received_at=int(time.time() * 1000), message=None, logger=str(n))
        for n in range(first, first + count)
    ]


@pytest.mark.parametrize("place", ["commit", "store"])
def test_sink_mongo_killed_around_its_commit_stores_each_event_once(world: World, place: str) -> None:
    before = world.documents["events"].count_documents({})
    sent: list[Record] = []
    for _ in range(KILLS):
        sent += events(before + len(sent), 100)
        world.publish("error-events", sent[-100:] + sent[-100::10])
        assert world.start("mongo", place, "1").wait(60) == -signal.SIGKILL
    last = world.start("mongo")
    until(lambda: world.documents["events"].count_documents({}) == before + len(sent), "all is stored")
    last.terminate()
    assert last.wait(30) == 0
    for event in sent[::50]:
        assert read_back(world, event.event_id) == event  # type: ignore[attr-defined]


def read_back(world: World, event_id: str) -> object:
    document = world.documents["events"].find_one({"_id": f"1:{event_id}"})
    assert document is not None
    stacks = {
        stack["_id"]: stack["body"] for stack in world.documents["stacks"].find({"_id": {"$in": document["stacks"]}})
    }
    return join(document["body"], tuple(document["stacks"]), stacks).event


def test_sink_mongo_outlives_its_store_and_postgres_does_not_notice(world: World) -> None:
    before = world.documents["events"].count_documents({})
    both = world.start("mongo"), world.start("postgres")
    world.publish("error-events", events(before, 200))
    world.mongo.stop(signal.SIGKILL)
    world.publish("error-events", events(before + 200, 200))
    world.occurrences(100)
    until(lambda: world.stored() == world.published, "PostgreSQL has all while MongoDB is away")
    world.mongo.start()
    until(lambda: world.documents["events"].count_documents({}) == before + 400, "MongoDB caught up", 60)
    assert [process.poll() for process in both] == [None, None]
    for process in both:
        process.terminate()
    assert [process.wait(30) for process in both] == [0, 0]


def test_dead_letters_are_shown_with_their_originals(world: World) -> None:
    publish(world.producer, [Outgoing("error-events", b"k", b'{"record":"error_event.v1","broken":1}')])
    sink = world.start("mongo")
    until(lambda: world.documents["dead_letters"].find_one({"reason": "schema"}), "the dead letter is shown")
    sink.terminate()
    assert sink.wait(30) == 0
    found = world.documents["dead_letters"].find_one({"reason": "schema"})
    assert found is not None
    assert (found["original"], found["topic"]) == (b'{"record":"error_event.v1","broken":1}', "error-events")
