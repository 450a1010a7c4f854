"""The whole path on real servers: drained throughput, CPU by process, latency to SMTP, memory.

python -m benchmarks.pipeline            # all; prints JSON and writes benchmarks/results/pipeline.json
"""

import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.usage import memory, spent, usage
from local_stack.load import Ledger, Plan, Target, send
from local_stack.postgres_server import SUPERUSER
from local_stack.records import Started
from local_stack.scratch import scratch
from local_stack.stack import Stack

RESULTS: Final = Path(__file__).parent / "results" / "pipeline.json"
PADDING: Final = 8_600  # makes an envelope of 10 KB
EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "20000"))
GROUPS: Final = 300
LATENCY_EVENTS: Final = int(os.environ.get("BENCH_LATENCY_EVENTS", "3000"))
DRAIN_S: Final = float(os.environ.get("BENCH_DRAIN_S", "300"))


class Bench:
    """One running stack and the questions that the figures ask."""

    def __init__(self, stack: Stack, started: Started) -> None:
        self.stack, self.started = stack, started
        self.target = Target(started.gateway_url, started.project_id, started.key)

    def one(self, sql: str, *values: Any) -> Any:
        with psycopg.connect(self.stack.dsn(SUPERUSER), autocommit=True) as connection:
            row = connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def load(self, plan: Plan) -> Ledger:
        with tempfile.TemporaryDirectory() as folder:
            ledger = Ledger(Path(folder) / "ledger.jsonl")
            asyncio.run(send(self.target, plan, ledger))
            ledger.close()
        return ledger

    def drain(self, stored: int) -> None:
        """Until that many occurrences are in PostgreSQL, and nothing waits to be sent."""
        until = time.monotonic() + DRAIN_S
        while time.monotonic() < until:
            there = self.one("select count(*) from occurrences")
            waiting = self.one("select count(*) from deliveries where state in ('pending', 'sending', 'retry')")
            if there >= stored and not waiting:
                return
            time.sleep(0.05)
        raise SystemExit(f"not drained after {DRAIN_S:.0f} s: {stored - there} not stored, {waiting} not sent")


def to_first_mail(bench: Bench, began: float) -> float:
    """Seconds from `up` to the first caught mail, the first error sent as soon as the stack is ready."""
    bench.load(Plan(events=1, rate_per_s=1, groups=1, seed=7))
    while not any(bench.stack.mail.glob("*.eml")):
        time.sleep(0.01)
    return round(time.monotonic() - began, 2)


def throughput(bench: Bench) -> dict[str, Any]:
    """As fast as the door takes them, until the last one is stored and told."""
    there = bench.one("select count(*) from occurrences")
    before, began = usage(bench.stack), time.monotonic()
    plan = Plan(events=EVENTS, rate_per_s=1e9, groups=GROUPS, seed=11, padding=PADDING, senders=32)
    ledger = bench.load(plan)
    sent_s = time.monotonic() - began
    bench.drain(there + len(ledger.accepted))
    total_s = time.monotonic() - began
    after = usage(bench.stack)
    cpu = spent(before, after)
    return {
        "events": len(ledger.accepted),
        "refused": len(ledger.lines) - len(ledger.accepted),
        "door_events_per_s": round(len(ledger.accepted) / sent_s),
        "drained_events_per_s": round(len(ledger.accepted) / total_s),
        "cpu_ms_per_event": round(1000 * sum(cpu.values()) / len(ledger.accepted), 3),
        "cpu_ms_per_event_by_process": {name: round(1000 * used / EVENTS, 3) for name, used in cpu.items()},
        "memory_mib_loaded": memory(after),
    }


def latency(bench: Bench, rate_per_s: float) -> dict[str, Any]:
    """Received to accepted by SMTP, of the first mails of fresh issues, while known ones go on."""
    since_ms = int(time.time() * 1000)
    plan = Plan(
        events=LATENCY_EVENTS,
        rate_per_s=rate_per_s,
        groups=LATENCY_EVENTS,
        fresh_every=20,
        first_group=10_000 * int(rate_per_s),
        seed=int(rate_per_s),
        padding=PADDING,
    )
    there = bench.one("select count(*) from occurrences")
    ledger = bench.load(plan)
    bench.drain(there + len(ledger.accepted))
    acks = sorted(sent.acked_at - sent.sent_at for sent in ledger.lines if sent.status == 200)
    sql = (
        "select percentile_disc(%s) within group (order by accepted_at - received_at) from deliveries"
        " where kind = 'open' and accepted_at is not null and received_at >= %s"
    )
    count = bench.one("select count(*) from deliveries where kind = 'open' and received_at >= %s", since_ms)
    return {
        "rate_per_s": rate_per_s,
        "mails": count,
        "received_to_smtp_ms": {f"p{int(share * 100)}": bench.one(sql, share, since_ms) for share in (0.5, 0.95, 0.99)},
        "ack_ms": {f"p{share}": round(1000 * acks[len(acks) * share // 100], 1) for share in (50, 95, 99)},
    }


def bytes_per_event(bench: Bench) -> dict[str, float]:
    stored = bench.one("select count(*) from occurrences")
    size = bench.one("select pg_database_size(current_database())")
    return {"stored_events": stored, "postgres_bytes_per_event": round(size / stored)}


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "command": "python -m benchmarks.pipeline",
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def measure() -> dict[str, Any]:
    with scratch() as config:
        began = time.monotonic()
        stack = Stack(config, {"alone_per_minute": "1000000"})  # each alert is measured by its own mail
        started = stack.start()
        assert started is not None
        try:
            bench = Bench(stack, started)
            found: dict[str, Any] = {"machine": machine(), "up_s": started.seconds, "timings_s": started.timings}
            found["up_to_first_mail_s"] = to_first_mail(bench, began)
            time.sleep(5)
            found["memory_mib_idle"] = memory(usage(stack))
            found["latency"] = [latency(bench, 100), latency(bench, 200)]
            found["throughput"] = throughput(bench)
            found["size"] = bytes_per_event(bench)
            return found
        finally:
            stack.stop()


def main() -> None:
    found = measure()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
