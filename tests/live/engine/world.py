"""One broker, its topics, processes of the engine, and what became of a load."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from local_stack import kafka_server
from local_stack.config import StackConfig
from local_stack.process import Child, spawn
from local_stack.scratch import free_ports
from local_stack.state import cache_folder
from runtime.kafka import Outgoing, produce, producer
from stream_processors.config import StagesConfig
from tests.live.engine.standins import Count, Ping, count_of
from topics import apply

ROOT: Final = Path(__file__).parents[3]
T = TypeVar("T")


def until(what: str, ask: Callable[[], T], timeout_s: float = 30.0) -> T:
    """The first truthy answer."""
    end_s = time.monotonic() + timeout_s
    while not (found := ask()):
        if time.monotonic() > end_s:
            raise AssertionError(f"{what}: not within {timeout_s:.0f} s, last answer {found!r}")
        time.sleep(0.05)
    return found


class Broker:
    """A real Apache Kafka with our topics."""

    def __init__(self, config: StackConfig, folder: Path) -> None:
        self.program = kafka_server.program(config, cache_folder(config), folder, dict(os.environ))
        self.folder = folder
        self.address = f"127.0.0.1:{config.kafka_port}"
        self.child: Child | None = None

    def start(self) -> None:
        self.child = spawn(self.program, self.folder, self.folder)
        until("Kafka is ready", lambda: self.program.ready() is None, 40)
        apply.apply(self.address, "local")

    def stop(self) -> None:
        if self.child:
            self.child.stop()

    def kill(self) -> None:
        if self.child:
            self.child.kill()


class Worker:
    """One process of the engine."""

    def __init__(self, world: "World", names: Sequence[str], slot: str, **over: Any) -> None:
        (port,) = free_ports(1)
        ports = {f"{name}_inner_port": port for name in ("stages", "fingerprint", "recurrence", "escalation")}
        fields = {"kafka_brokers": world.broker.address, "stages_folder": str(world.folder / "stages")}
        self.config = StagesConfig(**{**fields, "stages_slot": slot, **ports, **over})
        self.port = port
        self.names = list(names)
        self.log = world.folder / f"{'-'.join(names)}-{slot}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.wanted = False

    def start(self) -> "Worker":
        self.wanted = True
        text = msgspec.json.encode(self.config).decode()
        command = [sys.executable, "-m", "tests.live.engine.worker", text, *self.names]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self, timeout_s: float = 30.0) -> "Worker":
        def answers() -> bool:
            assert self.running.poll() is None, self.log.read_text()[-2000:]
            return self.get("/health/ready")[0] == 200

        until(f"{self.names} are ready", answers, timeout_s)
        return self

    def signal(self, number: int) -> None:
        self.running.send_signal(number)

    def kill(self) -> None:
        """As it may happen at any time: a keeper starts it again."""
        self.signal(signal.SIGKILL)
        self.running.wait()

    def gone(self) -> None:
        """Killed, and not to be started again."""
        self.wanted = False
        self.kill()

    def stop(self, timeout_s: float = 30.0) -> int:
        self.wanted = False
        self.signal(signal.SIGTERM)
        return self.running.wait(timeout_s)

    def configure(self, **over: Any) -> None:
        """For the next start."""
        self.config = msgspec.structs.replace(self.config, **over)

    def said(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def has_said(self, text: str) -> bool:
        return any(text in line["message"] for line in self.said())


class World:
    """The broker, the workers and the pings that were sent. Everything ends with it."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.broker = broker
        self.folder = folder
        self.workers: list[Worker] = []
        self.sent: list[Ping] = []
        self.producer = self.new_producer()
        self.refused = 0
        self.told = Told(broker.address, "alerts")

    def new_producer(self) -> Producer:
        return producer(self.broker.address, message__timeout__ms=0, log_level=1)

    def worker(self, names: Sequence[str] = (), slot: str = "0", **over: Any) -> Worker:
        worker = Worker(self, names or ("fingerprint", "recurrence", "escalation"), slot, **over)
        self.workers.append(worker)
        return worker

    @contextlib.contextmanager
    def kept(self) -> Iterator[list[str]]:
        """Start dead workers again, as a supervisor would; yields their last words."""
        words: list[str] = []
        done = threading.Event()

        def keep() -> None:
            while not done.wait(0.1):
                for worker in self.workers:
                    if worker.wanted and worker.running.poll() is not None:
                        words.append(([line["message"] for line in worker.said()] or [""])[-1])
                        worker.start()

        thread = threading.Thread(target=keep, name="keeper")
        thread.start()
        try:
            yield words
        finally:
            done.set()
            thread.join()

    @contextlib.contextmanager
    def loaded(self, rate_per_s: int) -> Iterator[None]:
        """Pings at an even rate, from a thread."""
        done = threading.Event()

        def load() -> None:
            started_s, sent = time.monotonic(), 0
            while not done.wait(0.02):
                due = int((time.monotonic() - started_s) * rate_per_s) - sent
                self.send(due)
                sent += due

        thread = threading.Thread(target=load, name="load")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def send(self, count: int, keys: int = 97, ill: str = "") -> None:
        for _ in range(count):
            number = len(self.sent)
            ping = Ping(number, f"k{number % keys}", ill=ill)
            self.sent.append(ping)
            produce(self.producer, Outgoing("error-events", ping.key.encode(), msgspec.json.encode(ping)), self.report)
        self.producer.poll(0)

    def report(self, error: Any, _: Any) -> None:
        self.refused += error is not None

    def read(self, topic: str) -> list[Message]:
        """Every record of a topic, in order by partition."""
        options = {"bootstrap.servers": self.broker.address, "group.id": "reader", "enable.auto.commit": False}
        consumer = Consumer(options | {"fetch.wait.max.ms": 20, "log_level": 1})
        with contextlib.closing(consumer):
            return list(_all(consumer, topic))

    def table(self, stage: str) -> dict[tuple[int, bytes], Count]:
        """The counts as a restore by the changelog would see them: the highest seq of each key."""
        found: dict[tuple[int, bytes], Count] = {}
        for message in self.read(f"gregor-{stage}-t-changelog"):
            name = message.key()
            if not isinstance(name, bytes) or not name.startswith(b"c"):
                continue
            count, place = count_of(value_of(message)), (message.partition() or 0, name)
            if place not in found or count.seq >= found[place].seq:
                found[place] = count
        return found

    def wrong(self, timeout_s: float = 60.0) -> dict[str, Any]:
        """Wait until every ping came through, then what differs from a single-threaded fold. Empty: nothing."""
        self.producer.flush(30)
        well = [ping for ping in self.sent if not ping.ill]
        ids = {ping.id for ping in well}
        with contextlib.suppress(AssertionError):
            until("all pings arrive", lambda: not ids - self.told.ids(), timeout_s)
        missing = ids - self.told.ids()
        found: dict[str, Any] = {"missing": sorted(missing)[:20]} if missing else {}
        time.sleep(0.3)  # the last changelog record follows the last output
        keys: dict[str, Callable[[Ping], str]] = {"fingerprint": key, "recurrence": spread, "escalation": key}
        passed = list(self.sent)
        for stage, key_of in keys.items():
            passed = [ping for ping in passed if not ping.ill.startswith(stage)]
            found |= self.differing(stage, passed, key_of)
        return found

    def differing(self, stage: str, pings: list[Ping], key_of: Callable[[Ping], str]) -> dict[str, Any]:
        n, total = Counter[str](), Counter[str]()
        for ping in pings:
            n[key_of(ping)] += 1
            total[key_of(ping)] += ping.id
        got_n, got_total = Counter[str](), Counter[str]()
        for (_, key), count in self.table(stage).items():
            got_n[key[1:].decode()] += count.n
            got_total[key[1:].decode()] += count.total
        wrong = {key: (n[key], got_n[key]) for key in n.keys() | got_n.keys() if n[key] != got_n[key]}
        wrong |= {key: (total[key], got_total[key]) for key in n if total[key] != got_total[key] and key not in wrong}
        return {stage: dict(list(wrong.items())[:10])} if wrong else {}

    def close(self) -> None:
        for worker in self.workers:
            if worker.process and worker.process.poll() is None:
                worker.kill()
        self.told.consumer.close()


class Told:
    """Follows the last output topic."""

    def __init__(self, brokers: str, topic: str) -> None:
        options = {"bootstrap.servers": brokers, "group.id": "told", "enable.auto.commit": False, "log_level": 1}
        self.consumer = Consumer(options | {"fetch.wait.max.ms": 20})
        self.consumer.assign([TopicPartition(topic, number, 0) for number in range(4)])
        self.known: set[int] = set()
        self.records = 0

    def ids(self) -> set[int]:
        while batch := self.consumer.consume(5000, 0.1):
            for message in batch:
                value = message.value()
                if message.error() is None and value:
                    self.known.add(msgspec.json.decode(value, type=Ping).id)
                    self.records += 1
        return self.known


def key(ping: Ping) -> str:
    return ping.key


def spread(ping: Ping) -> str:
    return f"s{ping.id % 40}"


def value_of(message: Message) -> bytes | None:
    value = message.value()
    assert not isinstance(value, str)
    return value


def _all(consumer: Consumer, topic: str) -> Iterator[Message]:
    numbers = consumer.list_topics(topic, 10).topics[topic].partitions
    ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number), 10) for number in numbers}
    left = {number for number, (low, high) in ends.items() if high > low}
    consumer.assign([TopicPartition(topic, number, ends[number][0]) for number in left])
    while left:
        for message in consumer.consume(1000, 1.0):
            partition, offset = message.partition() or 0, message.offset() or 0
            if offset < ends[partition][1]:
                yield message
            if offset >= ends[partition][1] - 1:
                left.discard(partition)
