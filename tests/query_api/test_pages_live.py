"""Links of messages: two taps to take an alert, a new password, no script, nothing that a GET does."""

import time
from typing import Any

import psycopg
import pytest

from domain.passes import ActionPass, PasswordPass, opened, signed
from tests.query_api import desks
from tests.query_api.desks import World
from tests.query_api.rows import NOW, issue_id

pytestmark = pytest.mark.live
KEY = b"k" * 32
EPISODE = "e" * 32
SOON = 10**15


def test_a_pass_opens_with_its_key_until_its_time() -> None:
    passed = ActionPass("ana", EPISODE, 100)
    text = signed(passed, KEY)
    assert opened(text, KEY, ActionPass, 99) == passed
    assert opened(text, KEY, ActionPass, 100) is None
    assert opened(text, b"other", ActionPass, 0) is None


@pytest.mark.parametrize("text", ["", ".", "a.b", "!.!", signed(ActionPass("x", "y", 9), KEY)[:-2], "a" * 5_000])
def test_what_is_no_pass_opens_nothing(text: str) -> None:
    assert opened(text, KEY, ActionPass, 0) is None


@pytest.fixture(scope="module")
def stranger(world: World) -> Any:
    """A phone: no cookie, no token."""
    world.rows.issue(1, title="<script>alert(1)</script>")
    notifier = world.dsn.replace("gregor_api@", "gregor_notifier@")
    with psycopg.connect(notifier, options="-c search_path=gregor") as connection:
        connection.execute(
            "insert into episodes (episode_id, issue_id, project_id, number, seq, state, severity, rule_ids, labels,"
            " position, opened_at) values (%s, %s, 1, 1, 1, 'firing', 3, '{}', '{}', '1.0.0', %s)",
            (EPISODE, issue_id(1), NOW),
        )
    with desks.an_api(world.dsn) as api:
        yield api.client


def link(world: World, person: str, until: int = SOON, episode: str = EPISODE) -> str:
    return f"/a/{signed(ActionPass(person, episode, until), world.api.desk.pass_key)}"


def me(world: World) -> str:
    found: str = world.api.get("/me").json()["person"]
    return found


def commands(world: World) -> list[str]:
    with psycopg.connect(world.dsn, options="-c gregor.projects=1") as connection:
        return [kind for (kind,) in connection.execute("select kind from commands order by at").fetchall()]


def test_looking_shows_the_alert_and_does_nothing(world: World, stranger: Any) -> None:
    answer = stranger.get(link(world, me(world)))
    assert answer.status_code == 200
    assert "Nobody has it yet" in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert len(answer.content) < 15_000
    assert commands(world) == []


def test_two_taps_take_it_once(world: World, stranger: Any) -> None:
    path = f"{link(world, me(world))}/acknowledge"
    first = stranger.post(path, headers={"Origin": "http://127.0.0.1:8090"})
    again = stranger.post(path)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "You have it." in first.text
    assert commands(world) == ["acknowledge"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"until": int(time.time() * 1000) - 1}, 404, id="a link past its day"),
        pytest.param({"person": "nobody"}, 404, id="a person who is gone"),
        pytest.param({"episode": "f" * 32}, 404, id="an episode that is not there"),
    ],
)
def test_a_link_that_is_over(world: World, stranger: Any, change: dict[str, Any], status: int) -> None:
    path = link(world, change.pop("person", me(world)), **change)
    assert stranger.get(path).status_code == status
    assert stranger.post(f"{path}/acknowledge").status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another site"),
        pytest.param({"Origin": "null"}, id="a sandboxed page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site without origin"),
    ],
)
def test_no_other_page_presses_the_button(world: World, stranger: Any, headers: dict[str, str]) -> None:
    before = commands(world)
    assert stranger.post(f"{link(world, me(world))}/escalate", headers=headers).status_code == 404
    assert commands(world) == before


def test_a_password_is_chosen_on_a_page(world: World, stranger: Any) -> None:
    made = world.api.post("/people", {"email": "pia@example.org", "name": "Pia"}).json()
    path = made["link"].removeprefix("http://127.0.0.1:8090")
    assert 'type="password"' in stranger.get(path).text
    assert stranger.post(path, data={"password": "short"}).status_code == 400
    assert "saved" in stranger.post(path, data={"password": "long enough now"}).text
    assert stranger.post(path, data={"password": "long enough now"}).status_code == 404
    signed_in = stranger.post("/api/v1/login", json={"email": "pia@example.org", "password": "long enough now"})
    assert signed_in.status_code == 200


def test_a_pass_for_one_thing_opens_no_other(world: World, stranger: Any) -> None:
    token = signed(PasswordPass(me(world), 0, SOON), world.api.desk.pass_key)
    assert stranger.get(f"/a/{token}").status_code == 404


def test_where_messages_lead_without_a_dashboard(stranger: Any) -> None:
    answer = stranger.get(f"/issues/{issue_id(1)}")
    assert f"gregor issues show {issue_id(1)}" in answer.text
    assert stranger.get("/plain.css").headers["content-type"].startswith("text/css")
