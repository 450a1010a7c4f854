"""`gregor fingerprint`: events in, issues out, folded in order."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.fingerprint import answer
from cli.frame.command import Problem

KIT = os.environ.get("GROUPING_KIT", "")
ROOT = Path(__file__).parents[2]


def asked(*events: Any, why: bool = False) -> list[str]:
    out = io.StringIO()
    answer([event if isinstance(event, bytes) else json.dumps(event).encode() for event in events], out, why)
    return out.getvalue().splitlines()


def sentry(function: str = "pay", value: str = "'amount'", **fields: Any) -> dict[str, Any]:
    frames = [{"function": function, "module": "shop.views", "context_line": "net = order['amount']", "in_app": True}]
    raised = {"type": "KeyError", "value": value, "stacktrace": {"frames": frames}}
    return {"platform": "python", "exception": {"values": [raised]}} | fields


def test_equal_errors_have_one_issue() -> None:
    one, again, other = asked(sentry(), sentry(event_id="a" * 32), sentry("refund"))
    assert one == again != other
    assert len(one) == 32


def test_native_events_are_read_too() -> None:
    frames = [{"function": "pay", "module": "shop.views", "context_line": "net = order['amount']", "in_app": True}]
    native = {"type": "KeyError", "message": "'amount'", "stacktrace": {"frames": frames}, "platform": "python"}
    assert len(set(asked(sentry(), native))) == 1


def test_each_project_has_a_table_of_its_own() -> None:
    one, other = asked(sentry(project_id=1), sentry(project_id=2))
    assert one != other


def test_why_stands_behind_a_tab() -> None:
    issue, why = asked(sentry(), why=True)[0].split("\t")
    assert len(issue) == 32
    assert json.loads(why)["anchor"] == "shop.views::pay"


def test_a_custom_fingerprint_is_read_from_every_event() -> None:
    by_tag = [sentry(fingerprint=["{{ tags.shop }}"], tags={"shop": shop}) for shop in ("a", "b", "a")]
    one, other, again = asked(*by_tag)
    assert one == again != other


def test_a_line_that_is_no_object_ends_with_its_text() -> None:
    with pytest.raises(Problem, match="not a JSON object"):
        asked(b"[1]")


def test_blank_lines_have_no_answer() -> None:
    assert asked(b"\n", sentry()) == asked(sentry())


@pytest.mark.slow
@pytest.mark.skipif(not KIT, reason="GROUPING_KIT names the folder of the evaluation kit")
def test_the_kit_passes_its_gates() -> None:
    command = f"{sys.executable} -m cli.main fingerprint"
    done = subprocess.run(
        [sys.executable, "evaluate.py", "--cmd", command, "--gates"],
        cwd=KIT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
