"""The API over a running stack: decisions reach their stage, settings every service, live updates whoever watches."""

import contextlib
import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cli.api_client import PREFIX, Client, Login, new_token
from cli.frame.command import Problem
from local_stack.load import an_error, envelope
from tests.live.running import Running, wait_until

ROOT = Path(__file__).parents[2]
SOON_S = 30.0
Gregor = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def api(running: Running) -> Client:
    password = running.stack.keys.find("admin_password")
    assert password
    url = running.started.api_url
    return Client(Login(url=url, token=new_token(url, running.started.login, password, name="api tests")))


def send(running: Running, event_id: str, group: int) -> str:
    parts = urlsplit(running.target.envelope_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("POST", parts.path + "?" + parts.query, envelope(an_error(event_id, group)))
    assert connection.getresponse().status == 200
    connection.close()
    return event_id


def issue_of(running: Running, event_id: str) -> str:
    sql = "select replace(issue_id::text, '-', '') from occurrences where event_id = %s"
    return str(wait_until("the occurrence in PostgreSQL", lambda: running.one(sql, event_id), SOON_S))


class Watched:
    """Server-sent events of one stream, kept: their order between topics is nobody's promise."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Any]] = []

    def follow(self, answer: http.client.HTTPResponse) -> None:
        """Until the test closes the connection."""
        kind = ""
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            for line in answer:
                name, _, text = line.decode().rstrip().partition(": ")
                if name == "event":
                    kind = text
                elif name == "data":
                    self.kept.append((kind, json.loads(text)))

    def first(self, kind: str, **wanted: Any) -> Any:
        """The first message of `kind` whose fields are those."""

        def found() -> Any:
            return next((body for name, body in self.kept if name == kind and wanted.items() <= body.items()), None)

        return wait_until(f"{kind} with {wanted}", found, SOON_S)


@contextmanager
def watching(api: Client, path: str) -> Iterator[Watched]:
    parts = urlsplit(api.login.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SOON_S)
    connection.request("GET", PREFIX + path, headers={"Authorization": f"Bearer {api.login.token}"})
    answer = connection.getresponse()
    assert answer.status == 200
    watched = Watched()
    reader = threading.Thread(target=watched.follow, args=(answer,), daemon=True)
    reader.start()
    try:
        watched.first("hello")
        yield watched
    finally:
        assert connection.sock is not None
        connection.sock.shutdown(2)
        reader.join(5)
        connection.close()


def test_a_new_issue_and_what_is_decided_about_it_are_seen_live(running: Running, api: Client) -> None:
    with watching(api, "/live/events") as found:
        event_id = send(running, f"{71:08x}{1:024x}", 71)
        opened = found.first("issue", change="opened")
        issue_id = opened["issue_id"]
        wait_until("the row", lambda: running.one("select 1 from issues where issue_id = %s", issue_id), SOON_S)
        state = api.decide(f"/issues/{issue_id}/resolve", {"note": "seen"})
        assert state["state"] == "applied"
        answered = found.first("command", command_id=state["command_id"])
        assert answered["applied"] is True
        assert found.first("issue", issue_id=issue_id, change="resolved")["status"] == "resolved"
        wait_until("a watermark", lambda: any(body["fresh_at"] for kind, body in found.kept if kind == "fresh"), SOON_S)
    assert issue_of(running, event_id) == issue_id


def test_an_issue_can_be_found_read_and_explained(running: Running, api: Client) -> None:
    event_id = send(running, f"{72:08x}{1:024x}", 72)
    issue_id = issue_of(running, event_id)
    issue = api.get(f"/issues/{issue_id}")
    short = issue["short_id"]
    assert api.get("/issues", query=f"id:{short}")["items"][0]["issue_id"] == issue_id
    assert issue_id in {one["issue_id"] for one in api.get("/issues", query=f"type:{issue['type']}")["items"]}
    word = issue["title"].split(":")[0]
    assert issue_id in {one["issue_id"] for one in api.get("/issues", query=word)["items"]}
    path = f"/issues/{short}/occurrences/latest"
    event = wait_until("the document", lambda: there(api, path), SOON_S)
    assert event["event_id"] == event_id
    why = api.get(f"/issues/{short}/why")
    assert why["group"][0]["opener"] is True
    assert why["severity"]["severity"] == issue["severity"]
    assert [one["event_id"] for one in api.get(f"/issues/{short}/occurrences")["items"]] == [event_id]


def there(api: Client, path: str) -> Any:
    try:
        return api.get(path)
    except Problem:
        return None


def test_a_decision_carries_the_settings_it_was_made_under(running: Running, api: Client) -> None:
    issue_id = issue_of(running, send(running, f"{73:08x}{1:024x}", 73))
    made = api.post("/rules", {"project_id": 1, "value": {"name": "x", "conditions": [{"kind": "woke"}]}})
    state = api.decide(f"/issues/{issue_id}/assign", {"to": f"person:{api.get('/me')['person']}"})
    assert state["state"] == "applied"
    (command,) = [one for one in running.records("issue-events") if one.get("command_id") == state["command_id"]]
    settings = [key.decode() for key, _ in running.topic("settings")]
    assert command["settings_offset"] >= 0
    assert f"rule:{made['id']}" in settings
    assert running.one("select count(*) from outbox") == 0
    again = api.decide(f"/issues/{issue_id}/assign", {"to": f"person:{api.get('/me')['person']}"})
    assert again["state"] in {"applied", "unchanged"}
    undone = api.post(f"/commands/{state['command_id']}/undo")
    assert len(undone["command_ids"]) == 1


def test_a_closed_key_closes_the_door_within_a_second_or_so(running: Running, api: Client) -> None:
    key = api.post("/projects/1/keys", {"name": "other"})
    dsn = urlsplit(key["dsn"])
    url = f"{running.started.gateway_url}/api/1/envelope/?sentry_key={dsn.username}"

    def status() -> int:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request("POST", f"{parts.path}?{parts.query}", envelope(an_error(os.urandom(16).hex(), 74)))
        found = connection.getresponse().status
        connection.close()
        return found

    assert wait_until("the gateway knows the key", lambda: status() == 200, SOON_S)


@pytest.fixture
def gregor(running: Running, tmp_path: Path) -> Gregor:
    """The command line as a person on this machine has it: no login, no variables but the state's folder."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GREGOR_")}
    environ |= {"GREGOR_STATE": running.stack.config.state, "XDG_CONFIG_HOME": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli.main", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_the_command_line_of_this_machine_needs_no_login(running: Running, gregor: Gregor) -> None:
    issue_id = issue_of(running, send(running, f"{75:08x}{1:024x}", 75))
    listed = gregor("issues", "list", "--json")
    assert (listed.returncode, listed.stderr) == (0, "")
    issues = {one["issue_id"]: one["short_id"] for one in json.loads(listed.stdout)["items"]}
    shown = gregor("issues", "show", issues[issue_id])
    assert "Order75Error" in shown.stdout
    assert "grouped by" in gregor("issues", "why", issues[issue_id]).stdout
    done = gregor("issues", "assign", issues[issue_id], "me")
    assert (done.returncode, done.stdout) == (0, f"{issues[issue_id]}: assign applied\n")
    assert gregor("issues", "resolve", "FIRST-999").returncode == 1
    assert json.loads(gregor("api", "GET", "/version").stdout)["api"] == "v1"


def test_settings_go_out_as_a_file_and_come_back(gregor: Gregor, tmp_path: Path) -> None:
    file = tmp_path / "gregor.yaml"
    assert gregor("settings", "export", "-o", str(file)).returncode == 0
    assert gregor("settings", "diff", str(file)).stdout == "nothing would change\n"
    text = file.read_text().replace("repeat: 2", "repeat: 5")
    file.write_text(text)
    different = gregor("settings", "diff", str(file))
    assert (different.returncode, "~ policy default-1 (repeat)" in different.stdout) == (1, True)
    assert gregor("settings", "apply", str(file)).stdout.endswith("applied\n")
    assert gregor("settings", "diff", str(file)).returncode == 0
    file.write_text(text.replace("on_call", "person:nobody"))
    wrong = gregor("settings", "apply", str(file))
    assert (wrong.returncode, "there is no person:nobody" in wrong.stdout) == (1, True)


def test_what_happens_can_be_watched(running: Running, gregor: Gregor) -> None:
    numbers = itertools.count()
    with ThreadPoolExecutor(1) as pool:
        tailed = pool.submit(gregor, "tail", "--kinds", "issue", "--count", "1")

        def told() -> bool:
            number = next(numbers)
            send(running, f"{number:08x}{77:024x}", 7_700 + number)
            return tailed.done()

        wait_until("a line of gregor tail", told, SOON_S)
    assert "Error" in tailed.result().stdout


def test_a_killed_api_loses_and_doubles_no_decision(running: Running, api: Client) -> None:
    issue_id = issue_of(running, send(running, f"{76:08x}{1:024x}", 76))
    accepted = api.post(f"/issues/{issue_id}/snooze", {"count": 5})
    running.stack.kill("api")
    running.stack.wait_ready("api")
    state = wait_until("the answer", lambda: decided(api, accepted["command_id"]), SOON_S)
    assert state["state"] == "applied"
    sent = [one for one in running.records("issue-changes") if one.get("cause") == f"command:{accepted['command_id']}"]
    assert len({one["change_id"] for one in sent}) == 1


def decided(api: Client, command_id: str) -> Any:
    try:
        state = api.get(f"/commands/{command_id}")
    except Problem:
        return None
    return state if state["state"] not in {"queued", "published"} else None
