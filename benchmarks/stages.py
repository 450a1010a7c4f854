"""The three stages on a real broker: records per second and core, latency of the chain, failover, recovery, memory.

python -m benchmarks.stages        # prints JSON and writes benchmarks/results/stages.json
"""

import json
import os
import shutil
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
from confluent_kafka import TopicPartition

from benchmarks.fingerprint import event
from benchmarks.pipeline import machine
from benchmarks.stage_rig import Group, Rig, Stages, chosen, rig, until
from runtime.kafka import Outgoing, produce, producer, publish
from schemas import wire
from schemas.alert_step import AlertStep
from schemas.error_event import ErrorEvent
from schemas.setting import Setting
from schemas.settings.alerting import RuleCondition, RuleSettings

RESULTS: Final = Path(__file__).parent / "results" / "stages.json"
EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "40000"))
RATE_PER_S: Final = 200
LATENCY_S: Final = float(os.environ.get("BENCH_LATENCY_S", "20"))
STACKS: Final = 300
NEW_ONE_IN: Final = 10
FIRST: Final = 10_000_000  # event ids of the feed
SOURCES: Final = {"fingerprint": "error-events", "recurrence": "issue-events", "escalation": "issue-changes"}
CHANGELOG: Final = "gregor-{}-t-changelog"


def outgoing(number: int, stack: int, message: str) -> Outgoing:
    raw = event(number, stack, message)
    now = time.time_ns() // 1_000_000
    told = msgspec.structs.replace(msgspec.json.decode(raw, type=ErrorEvent), received_at=now, occurred_at=now)
    return Outgoing("error-events", told.home_key.encode(), wire.encode(told))


def stack(number: int) -> int:
    """Known errors repeat; one event in four is a new issue, so that the later stages have work too."""
    return STACKS + number if number % 4 == 0 else number % STACKS


def one_rule(at: Rig) -> None:
    """Every new issue opens an episode, so that the chain has an end."""
    rule = RuleSettings(name="new", conditions=(RuleCondition(kind="new"),), policy="none")
    value = msgspec.Raw(msgspec.json.encode(rule))
    setting = Setting(setting_id="rule:1:new", kind="rule", version=1, at=1, value=value, project_id=1)
    publish(producer(at.brokers), [Outgoing("settings", b"rule:1:new", wire.encode(setting))])


def throughput(at: Rig) -> dict[str, Any]:
    """Each stage alone drains what the one before it wrote, from an empty table."""
    one_rule(at)
    publish(producer(at.brokers), (outgoing(n, stack(n), f"order {n % 5} fails") for n in range(EVENTS)), 120)
    found: dict[str, Any] = {}
    for stage, source in SOURCES.items():
        bare = at.bare_per_s(source, wire.read)
        stages = Stages(at, stage)
        group = Group(at, stage, source)
        there = until(f"{stage} began", group.committed)
        began, spent = time.monotonic(), stages.cpu_s()
        until(f"{stage} is through", group.done)
        records, cpu_s = sum(group.ends.values()) - there, stages.cpu_s() - spent
        found[stage] = {
            "records": records,
            "per_s": round(records / (time.monotonic() - began)),
            "cpu_us_per_record": round(cpu_s / records * 1e6, 1),
            "per_core_s": round(records / cpu_s),
            "of_bare": round(records / cpu_s / bare, 3),
            "memory_mib": stages.memory_mib(),
        }
        stages.stop()
    return found


def recovery(at: Rig) -> dict[str, Any]:
    """The table of the fingerprint stage from its changelog, the local store removed."""
    shutil.rmtree(at.folder / "stages" / "0" / "fingerprint")
    began = time.monotonic()
    stages = Stages(at, "fingerprint")
    until("it is recovered", stages.is_ready)
    took_s, records = time.monotonic() - began, at.records(CHANGELOG.format("fingerprint"))
    stages.stop()
    return {"changelog_records": records, "start_to_ready_s": round(took_s, 2)}


class Feed:
    """Events at an even rate from a thread. One in ten is a new issue: its first alert is the end of the chain."""

    def __init__(self, at: Rig) -> None:
        self.to = producer(at.brokers)
        self.sent_at: dict[str, float] = {}
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        started_s, number = time.monotonic(), 0
        while not self.done.wait(0.002):
            while number < (time.monotonic() - started_s) * RATE_PER_S:
                fresh = number % NEW_ONE_IN == 0
                one = outgoing(FIRST + number, STACKS + number if fresh else number % STACKS, "a failure")
                if fresh:
                    self.sent_at[f"{FIRST + number:032x}"] = time.time()
                produce(self.to, one, lambda *_: None)
                number += 1
            self.to.poll(0)


def bytes_of(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def told(at: Rig, sent_at: dict[str, float], start: dict[int, int]) -> dict[str, float]:
    """Append time of the first alert step of each event that was sent, in seconds since 1970."""
    found: dict[str, float] = {}
    ends = at.ends("alerts")
    left = {number for number in ends if ends[number] > start[number]}
    with closing(at.consumer("alerts")) as consumer:
        consumer.assign([TopicPartition("alerts", number, start[number]) for number in left])
        while left:
            for message in consumer.consume(500, 1.0):
                step = wire.read(bytes_of(message.value()))
                if isinstance(step, AlertStep) and step.brief.event_id in sent_at:
                    found.setdefault(step.brief.event_id, message.timestamp()[1] / 1000)
                if (message.offset() or 0) >= ends[message.partition() or 0] - 1:
                    left.discard(message.partition() or 0)
    return found


def chain(at: Rig) -> dict[str, Any]:
    """All three stages in one process at 200 events a second; then SIGKILL and an instant restart."""
    one_rule(at)
    stages = Stages(at, "stages")
    until("the stages are ready", stages.is_ready)
    idle_mib, start = stages.memory_mib(), at.ends("alerts")
    feed = Feed(at)
    feed.thread.start()
    time.sleep(LATENCY_S)
    killed_at = time.time()
    stages.kill()
    stages.start()
    time.sleep(LATENCY_S / 2)
    feed.done.set()
    feed.thread.join()
    until("all are told", lambda: told(at, feed.sent_at, start).keys() >= feed.sent_at.keys(), 60)
    found, loaded_mib = told(at, feed.sent_at, start), stages.memory_mib()
    stages.stop()
    warm = min(feed.sent_at.values()) + 2
    waits = [found[name] - at_s for name, at_s in feed.sent_at.items() if warm < at_s < killed_at - 1]
    after = min(at_s for at_s in found.values() if at_s > killed_at + 0.2)
    return {
        "rate_per_s": RATE_PER_S,
        "chain_ms": {name: round(chosen(waits, share) * 1000) for name, share in (("p50", 0.5), ("p99", 0.99))},
        "sigkill_to_next_alert_s": round(after - killed_at, 2),
        "memory_mib": {"idle": idle_mib, "loaded": loaded_mib},
    }


def main() -> None:
    with rig() as at:
        result: dict[str, Any] = {
            "machine": machine()
            | {"command": "python -m benchmarks.stages", "load_average": round(os.getloadavg()[0], 1)},
            "alone": throughput(at),
            "recovery": recovery(at),
        }
    with rig() as at:
        result["chain"] = chain(at)
    text = json.dumps(result, indent=2)
    RESULTS.write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
