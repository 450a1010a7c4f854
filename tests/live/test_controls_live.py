"""A safeguard is switched off, and the kill test must notice. Else it proves nothing."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.load import Ledger, Plan, send
from local_stack.plan import plain_environment
from tests.live.invariants import documents_missing, stored_ids
from tests.live.running import Running, wait_until
from tests.live.test_kill_live import apart

__all__ = ["apart"]
EVENTS = 400


@pytest.mark.slow
def test_committing_before_writing_loses_documents(apart: Running, tmp_path: Path) -> None:
    """The same death in the right order loses nothing: test_kill_live.py."""
    apart.stack.kill("sink-mongo", hold=True)
    environ = plain_environment() | apart.stack.environment("sink-mongo")
    command = [sys.executable, "-m", "tests.live.hasty_sink", "1"]
    hasty = subprocess.Popen(command, env=environ, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL)
    ledger = Ledger(tmp_path / "ledger.jsonl")
    asyncio.run(send(apart.target, Plan(events=EVENTS, rate_per_s=200, groups=20), ledger))
    ledger.close()
    assert hasty.wait(60) == -9
    apart.stack.restart("sink-mongo")
    wait_until("rows", lambda: not ledger.accepted - stored_ids(apart), 60)
    wait_until("the sink has read its log", lambda: apart.lag("gregor-sink-mongo", "error-events") == 0, 60)
    assert documents_missing(apart) > 0
