"""What the quick start says, done as a person does it: the command line against a whole stack."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local_stack.config import PORTS
from local_stack.process import left_over
from local_stack.scratch import scratch

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]


class Person:
    """Types commands in one environment."""

    def __init__(self, config) -> None:
        plain = {name: text for name, text in os.environ.items() if not name.startswith("GREGOR_")}
        ports = {f"GREGOR_{name.upper()}": str(getattr(config, name)) for name in PORTS}
        self.environ = plain | ports | {"GREGOR_STATE": config.state}
        self.state = Path(config.state)

    def types(self, *words: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "cli.main", *words]
        ran = subprocess.run(
            command, env=self.environ, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    def status(self) -> dict:
        told = subprocess.run(
            [sys.executable, "-m", "cli.main", "status", "--json"],
            env=self.environ, cwd=ROOT, capture_output=True, check=False,
        )  # fmt: skip
        return json.loads(told.stdout)


@pytest.fixture(scope="module")
def up():
    with scratch() as config:
        person = Person(config)
        try:
            yield person, person.types("up")
        finally:
            person.types("down")


@pytest.fixture(scope="module")
def person(up):
    return up[0]


def wait_until(what: str, ask, timeout_s: float = 30.0):
    until = time.monotonic() + timeout_s
    while not (found := ask()):
        assert time.monotonic() < until, what
        time.sleep(0.1)
    return found


def test_up_tells_addresses_login_and_a_line_to_paste(up) -> None:
    person, said = up
    started = json.loads((person.state / "run/started.json").read_text())
    assert started["dsn"] in said
    assert (person.state / "secrets/admin_password").read_text().strip() in said
    assert "password" not in (person.state / "logs/supervisor.log").read_text()
    line = next(line for line in said.splitlines() if line.strip().startswith("curl "))
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    answer = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert re.fullmatch(r"[0-9a-f]{32}", json.loads(answer.stdout)["id"])


def test_the_password_is_told_once(person) -> None:
    said = person.types("up")
    assert "It runs already" in said
    assert (person.state / "secrets/admin_password").read_text().strip() not in said


def test_an_error_becomes_a_mail(person) -> None:
    person.types("send-event", "--message", "the freezer of depot 7 is at -2 degrees")
    listed = wait_until(
        "the mail",
        lambda: [mail for mail in json.loads(person.types("mail", "list", "--json")) if "freezer" in mail["subject"]],
    )
    assert "depot 7" in person.types("mail", "show", str(listed[0]["number"]))


def test_everything_is_ready_and_light(person) -> None:
    told = person.status()
    assert told["ready"]
    assert {one["state"] for one in told["programs"]} == {"ready"}
    assert told["memory_bytes"] < 1536 << 20
    assert "stages" in person.types("status")


def test_topics_schema_and_settings_are_as_declared(person) -> None:
    assert person.types("topics", "check") == "nothing differs\n"
    assert person.types("migrate", "--check") == "nothing to do\n"
    assert "GREGOR_KAFKA_PORT" in person.types("config", "show", "stack")
    told = {row["variable"]: row for row in json.loads(person.types("config", "show", "api", "--local", "--json"))}
    assert told["GREGOR_POSTGRES_DSN"]["source"] == "local stack"
    assert told["GREGOR_SECRET_MASTER_KEY"]["value"] == "***"
    assert "missing" not in {row["source"] for row in told.values()}


def test_the_demo_plays_seven_services(person) -> None:
    said = person.types("demo", "--events", "40", "--seconds", "2")
    rows = [line.split() for line in said.splitlines() if re.fullmatch(r"\w+\s+\d+", line.strip())]
    assert len(rows) == 7
    assert sum(int(row[1]) for row in rows) == 40


def test_a_killed_service_comes_again(person) -> None:
    before = {one["name"]: one for one in person.status()["programs"]}["gateway"]
    os.kill(before["pid"], signal.SIGKILL)

    def again() -> bool:
        told = person.status()
        now = {one["name"]: one for one in told["programs"]}["gateway"]
        return now["pid"] != before["pid"] and now["restarts"] == before["restarts"] + 1 and told["ready"]

    wait_until("the gateway is ready again", again)


def test_down_leaves_nobody_and_a_new_up_keeps_everything(person) -> None:
    """The last test here: it stops the stack."""
    mails = len(json.loads(person.types("mail", "list", "--json")))
    pids = [one["pid"] for one in person.status()["programs"]]
    assert person.types("down") == "stopped\n"
    assert not left_over(person.state / "run")
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    started = person.types("up")
    assert "told only now" not in started
    assert len(json.loads(person.types("mail", "list", "--json"))) >= mails
