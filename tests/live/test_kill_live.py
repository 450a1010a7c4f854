"""Whatever dies under load, nothing is lost, nothing counts twice, and every due mail is sent."""

import asyncio
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.load import Ledger, Plan, send
from local_stack.scratch import free_ports, scratch
from local_stack.services import STAGES
from local_stack.stack import Stack
from tests.live.invariants import examine, pause, settle
from tests.live.running import Running

SERVICES = (*STAGES, "sink-postgres", "sink-mongo", "notifier", "api", "ticker", "gateway")
VICTIMS = (*STAGES, "sink-postgres", "sink-mongo", "notifier", "gateway")
SECONDS = float(os.environ.get("KILL_TEST_SECONDS", "60"))
KILLS = int(os.environ.get("KILL_TEST_KILLS", "3"))
SEED = int(os.environ.get("KILL_TEST_SEED", "20261124"))
RATE_PER_S, GROUPS = 200, 300


@pytest.fixture
def apart() -> Iterator[Running]:
    """A stack whose stages are three processes, so that each can die alone."""
    with scratch() as config:
        stack = Stack(config, {"alone_per_minute": "1000000"}, only=SERVICES)  # each alert proves itself by a mail
        started = stack.start()
        assert started is not None
        try:
            yield Running(stack, started)
        finally:
            stack.stop()


def under_load(running: Running, plan: Plan, ledger: Ledger) -> threading.Thread:
    thread = threading.Thread(target=lambda: asyncio.run(send(running.target, plan, ledger)), name="load")
    thread.start()
    return thread


def second_worker(running: Running, stage: str, folder: Path) -> str:
    """One more process of a stage, with a slot of its own; returns its name."""
    name = f"{stage}-2"
    (port,) = free_ports(1)
    over = {f"{stage}_inner_port": str(port), "stages_folder": str(folder / name), "stages_slot": "2"}
    running.stack.add(name, stage, **over)
    return name


def test_nothing_is_lost_or_doubled_whatever_dies(apart: Running, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    plan = Plan(events=int(RATE_PER_S * SECONDS), rate_per_s=RATE_PER_S, groups=GROUPS, seed=SEED, repeat_every=50)
    dice = random.Random(SEED)
    kills = [victim for victim in VICTIMS for _ in range(KILLS)]
    dice.shuffle(kills)
    load = under_load(apart, plan, ledger)
    for number, victim in enumerate(kills):
        pause(SECONDS * 0.9 / len(kills) * dice.uniform(0.5, 1.5))
        apart.stack.kill(victim)
        if number == len(kills) // 3:
            joined = [second_worker(apart, stage, tmp_path) for stage in STAGES]
        if number == 2 * len(kills) // 3:
            for name in joined:
                apart.stack.remove(name)
    load.join()
    ledger.close()
    settle(apart, ledger)
    found = examine(apart, ledger, GROUPS)
    assert found.broken(allowed_repeats=KILLS) == {}
    assert len(ledger.accepted) > 0.5 * plan.events
