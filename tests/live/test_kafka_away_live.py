"""Kafka is away for 20 s under load: the door says so, and what it accepted is not lost."""

import json
import threading
import urllib.error
import urllib.request
from pathlib import Path

from local_stack.load import Ledger, Plan, an_error, envelope
from tests.live.invariants import examine, pause, settle
from tests.live.running import Running, wait_until
from tests.live.test_kill_live import apart, under_load

__all__ = ["apart"]
AWAY_S, RATE_PER_S, GROUPS = 20.0, 100, 50


def answers(running: Running, seen: list[tuple[int, str]], stop: threading.Event) -> None:
    """Status and Retry-After of an error sent now and then."""
    number = 0
    while not stop.wait(0.5):
        number += 1
        body = envelope(an_error(f"feed{number:028x}", 0))
        try:
            with urllib.request.urlopen(
                urllib.request.Request(running.target.envelope_url, body), timeout=10
            ) as answer:
                seen.append((answer.status, json.load(answer)["id"]))
        except urllib.error.HTTPError as refused:
            with refused:
                seen.append((refused.code, refused.headers.get("Retry-After", "")))


def test_nothing_accepted_is_lost_while_kafka_is_away(apart: Running, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    plan = Plan(events=int(RATE_PER_S * (AWAY_S + 15)), rate_per_s=RATE_PER_S, groups=GROUPS, seed=5)
    seen: list[tuple[int, str]] = []
    stop = threading.Event()
    asking = threading.Thread(target=answers, args=(apart, seen, stop))
    load = under_load(apart, plan, ledger)
    asking.start()
    pause(5)
    apart.stack.kill("kafka", hold=True)
    pause(AWAY_S)
    apart.stack.restart("kafka")
    load.join()
    wait_until("accepting again", lambda: seen[-1][0] == 200, timeout_s=60)
    stop.set()
    asking.join()
    ledger.close()
    settle(apart, ledger, timeout_s=180)
    found = examine(apart, ledger, GROUPS)
    assert found.broken() == {}
    refused = [retry_after for code, retry_after in seen if code == 503]
    assert refused, "the door noticed"
    assert all(1 <= int(retry_after) <= 10 for retry_after in refused)
    assert {code for code, _ in seen} <= {200, 503}
