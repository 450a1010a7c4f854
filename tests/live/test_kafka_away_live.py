"""Kafka is away for 20 s under load: the door says so or spools, and what it accepted is not lost."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.load import Ledger, Plan, an_error, envelope
from local_stack.scratch import scratch
from local_stack.stack import Stack
from tests.live.invariants import examine, pause, settle
from tests.live.running import Running, wait_until
from tests.live.test_kill_live import under_load

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


@pytest.fixture(params=["with a spool", "without a spool"])
def spooling(request: pytest.FixtureRequest) -> Iterator[tuple[Running, bool]]:
    spools = request.param == "with a spool"
    with scratch() as config:
        stack = Stack(config, {} if spools else {"spool_folder": ""})
        started = stack.start()
        assert started is not None
        try:
            yield Running(stack, started), spools
        finally:
            stack.stop()


def test_nothing_accepted_is_lost_while_kafka_is_away(spooling: tuple[Running, bool], tmp_path: Path) -> None:
    running, spools = spooling
    ledger = Ledger(tmp_path / "ledger.jsonl")
    plan = Plan(events=int(RATE_PER_S * (AWAY_S + 15)), rate_per_s=RATE_PER_S, groups=GROUPS, seed=5)
    seen: list[tuple[int, str]] = []
    stop = threading.Event()
    asking = threading.Thread(target=answers, args=(running, seen, stop))
    load = under_load(running, plan, ledger)
    asking.start()
    pause(5)
    running.stack.kill("kafka", hold=True)
    pause(AWAY_S)
    running.stack.restart("kafka")
    load.join()
    wait_until("accepting again", lambda: seen[-1][0] == 200, timeout_s=60)
    stop.set()
    asking.join()
    ledger.close()
    settle(running, ledger, timeout_s=180)
    found = examine(running, ledger, GROUPS)
    assert found.broken() == {}
    refused = [retry_after for code, retry_after in seen if code == 503]
    assert {code for code, _ in seen} <= {200, 503}
    assert all(1 <= int(retry_after) <= 10 for retry_after in refused)
    assert bool(refused) is not spools
