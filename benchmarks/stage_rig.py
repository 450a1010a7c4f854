"""One broker and processes of the stages, without the rest of the stack: what the stages cost by themselves."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
from confluent_kafka import Consumer, TopicPartition

from local_stack import kafka_server
from local_stack.process import spawn
from local_stack.scratch import free_ports, scratch
from local_stack.state import cache_folder
from topics import apply
from topics.load import TOPICS

ROOT: Final = Path(__file__).parents[1]
MIB: Final = 1_048_576


def until(what: str, ask: Callable[[], Any], timeout_s: float = 300.0) -> Any:
    end_s = time.monotonic() + timeout_s
    while not (found := ask()):
        if time.monotonic() > end_s:
            raise SystemExit(f"{what}: not within {timeout_s:.0f} s")
        time.sleep(0.02)
    return found


class Rig:
    def __init__(self, brokers: str, folder: Path) -> None:
        self.brokers = brokers
        self.folder = folder

    def ends(self, topic: str) -> dict[int, int]:
        with closing(self.consumer("bench")) as consumer:
            return {
                number: consumer.get_watermark_offsets(TopicPartition(topic, number), 10)[1]
                for number in range(TOPICS[topic].partitions.local if topic in TOPICS else 4)
            }

    def records(self, topic: str) -> int:
        return sum(self.ends(topic).values())

    def consumer(self, group: str) -> Consumer:
        options = {"bootstrap.servers": self.brokers, "group.id": group, "enable.auto.commit": False, "log_level": 1}
        return Consumer(options | {"auto.offset.reset": "earliest", "fetch.wait.max.ms": 20})

    def bare_per_s(self, topic: str, decode: Callable[[bytes], Any]) -> float:
        """Records per CPU second of a plain consumer that decodes: the bound of this run."""
        left = self.records(topic)
        total, started = left, time.process_time()
        with closing(self.consumer("bare")) as consumer:
            consumer.assign([TopicPartition(topic, number, 0) for number in range(4)])
            while left > 0:
                for message in consumer.consume(500, 1.0):
                    decode(message.value())  # type: ignore[arg-type]
                    left -= 1
        return total / (time.process_time() - started)


class Stages:
    """A process that runs `service`: one stage, or all."""

    def __init__(self, rig: Rig, service: str) -> None:
        (port,) = free_ports(1)
        ports = {
            f"GREGOR_{name}_INNER_PORT": str(port) for name in ("STAGES", "FINGERPRINT", "RECURRENCE", "ESCALATION")
        }
        clean = {name: text for name, text in os.environ.items() if not name.startswith("GREGOR_")}
        given = {"GREGOR_KAFKA_BROKERS": rig.brokers, "GREGOR_STAGES_FOLDER": str(rig.folder / "stages")}
        self.environ = clean | given | ports
        self.rig, self.service, self.port = rig, service, port
        self.start()

    def start(self) -> None:
        with (self.rig.folder / f"{self.service}.log").open("ab") as log:
            command = [sys.executable, "-m", "cli.main", "run", self.service]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)
        self.known = psutil.Process(self.process.pid)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"{self.service} ended; its log is in {self.rig.folder}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def cpu_s(self) -> float:
        times = self.known.cpu_times()
        return times.user + times.system

    def memory_mib(self) -> float:
        return round(self.known.memory_info().rss / MIB, 1)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Group:
    """How far the group of one stage has come in its source."""

    def __init__(self, rig: Rig, stage: str, source: str) -> None:
        self.ends = rig.ends(source)
        self.asking = rig.consumer(f"gregor-{stage}")
        self.places = [TopicPartition(source, number) for number in self.ends]

    def committed(self) -> int:
        return sum(max(0, place.offset) for place in self.asking.committed(self.places, 10))

    def done(self) -> bool:
        return self.committed() >= sum(self.ends.values())


@contextmanager
def rig() -> Iterator[Rig]:
    with scratch() as config:
        folder = Path(config.state)
        folder.mkdir(parents=True)
        program = kafka_server.program(config, cache_folder(config), folder, dict(os.environ))
        child = spawn(program, folder, folder)
        try:
            until("Kafka is ready", lambda: program.ready() is None, 60)
            brokers = f"127.0.0.1:{config.kafka_port}"
            apply.apply(brokers, "local")
            yield Rig(brokers, folder)
        finally:
            child.stop()


def chosen(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
