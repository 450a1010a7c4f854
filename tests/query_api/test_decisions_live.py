"""Decisions: stored once with their audit row, published by the trigger, answered by a stage, taken back."""

from typing import Any

import psycopg
import pytest

from tests.query_api.desks import World
from tests.query_api.rows import NOW, issue_id

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def shop(world: World) -> World:
    for number in range(1, 31):
        world.rows.issue(number, service="pay" if number > 20 else "shop")
    world.rows.issue(1, project=2)
    return world


def outbox(world: World, command_id: str) -> list[tuple[str, str, Any]]:
    with psycopg.connect(world.dsn) as connection:
        found = connection.execute(
            "select topic, key, value from outbox where value->>'command_id' = %s", (command_id,)
        )
        return found.fetchall()


def audited(world: World, entity: str) -> int:
    with psycopg.connect(world.dsn) as connection:
        found = connection.execute("select count(*) from audit where entity = %s", (entity,)).fetchone()
        assert found is not None
        return int(found[0])


@pytest.mark.parametrize(
    ("action", "body", "topic", "fields"),
    [
        pytest.param("resolve", {}, "issue-events", {"kind": "resolve", "how": "now"}, id="resolve"),
        pytest.param(
            "resolve",
            {"how": "release", "value": "2.1", "note": "fixed"},
            "issue-events",
            {"how": "release", "value": "2.1", "reason": "fixed"},
            id="resolve in a release, with a note",
        ),
        pytest.param("reopen", {}, "issue-events", {"kind": "reopen"}, id="reopen"),
        pytest.param("ignore", {}, "issue-events", {"kind": "ignore", "until": "escalating"}, id="ignore"),
        pytest.param("snooze", {"count": 5}, "issue-events", {"kind": "snooze", "count": 5}, id="snooze"),
        pytest.param("assign", {"to": "team:pay"}, "issue-events", {"kind": "assign", "to": "team:pay"}, id="assign"),
        pytest.param(
            "severity", {"severity": "low"}, "issue-events", {"kind": "set_severity", "severity": "low"}, id="severity"
        ),
        pytest.param("acknowledge", {}, "issue-changes", {"kind": "acknowledge"}, id="acknowledge"),
        pytest.param("unacknowledge", {}, "issue-changes", {"kind": "unacknowledge"}, id="unacknowledge"),
        pytest.param("escalate", {}, "issue-changes", {"kind": "escalate_now"}, id="escalate"),
    ],
)
def test_a_decision_waits_in_the_outbox(
    shop: World, action: str, body: dict[str, Any], topic: str, fields: dict[str, Any]
) -> None:
    before = audited(shop, f"issue:{issue_id(1)}")
    answer = shop.api.post(f"/issues/FIRST-1/{action}", body)
    assert answer.status_code == 202, answer.text
    command_id = answer.json()["command_id"]
    assert answer.headers["Location"] == f"/api/v1/commands/{command_id}"
    ((found_topic, key, value),) = outbox(shop, command_id)
    assert (found_topic, key) == (topic, issue_id(1))
    assert fields.items() <= value.items()
    assert value["actor"].startswith("person:")
    assert audited(shop, f"issue:{issue_id(1)}") == before + 1


@pytest.mark.parametrize(
    ("action", "body", "pointer"),
    [
        pytest.param("resolve", {"how": "release"}, "/value", id="a release without a name"),
        pytest.param("snooze", {}, "/until_at", id="a snooze without an end"),
        pytest.param("snooze", {"until_at": 5}, "/until_at", id="an end that is past"),
        pytest.param("snooze", {"window_m": 5, "users": 1}, "/window_m", id="a window without a count"),
        pytest.param("assign", {"to": "ana"}, "/to", id="a target without its kind"),
        pytest.param("severity", {"severity": "huge"}, "/severity", id="a severity that is none"),
        pytest.param("resolve", {"how": "later"}, "/how", id="a way that is none"),
        pytest.param("resolve", {"extra": 1}, "", id="a field that is none"),
    ],
)
def test_a_wrong_decision_says_where(shop: World, action: str, body: dict[str, Any], pointer: str) -> None:
    answer = shop.api.post(f"/issues/FIRST-1/{action}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"][0].get("pointer", "") == pointer


def test_the_same_key_is_the_same_command(shop: World) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = shop.api.post("/issues/FIRST-2/resolve", {"note": "a"}, headers=headers)
    again = shop.api.post("/issues/FIRST-2/resolve", {"note": "a"}, headers=headers)
    other = shop.api.post("/issues/FIRST-2/resolve", {"note": "b"}, headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(outbox(shop, first.json()["command_id"])) == 1
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_a_command_shows_what_became_of_it(shop: World) -> None:
    answer = shop.api.post("/issues/FIRST-3/resolve").json()
    path = f"/commands/{answer['command_id']}"
    assert shop.api.get(path).json()["state"] == "queued"
    assert [one["kind"] for one in shop.api.get("/issues/FIRST-3").json()["pending"]] == ["resolve"]
    shop.rows.insert(
        "command_results",
        {"command_id": answer["command_id"], "at": NOW, "applied": False, "reason": "not_open", "change_id": None},
    )
    found = shop.api.get(path).json()
    assert (found["state"], found["reason"]) == ("refused", "not_open")
    assert "pending" not in shop.api.get("/issues/FIRST-3").json()


@pytest.mark.parametrize("given", [issue_id(1, 2), "FIRST-99", "OTHER-1"])
def test_nobody_decides_about_what_is_foreign(shop: World, given: str) -> None:
    answer = shop.api.post(f"/issues/{given}/resolve")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_bulk_is_one_decision_and_is_undone_as_one(shop: World) -> None:
    dry = shop.api.post("/issues/actions", {"action": "resolve", "query": "service:pay", "dry_run": True})
    assert (dry.status_code, dry.json()["count"], len(dry.json()["sample"])) == (200, 10, 5)
    made = shop.api.post("/issues/actions", {"action": "resolve", "query": "service:pay", "expected": 10})
    assert made.status_code == 202, made.text
    assert len(set(made.json()["command_ids"])) == 10
    bulk_id = made.json()["bulk_id"]
    assert audited(shop, f"bulk:{bulk_id}") == 1
    assert {one["state"] for one in shop.api.get(f"/commands/{bulk_id}/all").json()["items"]} == {"queued"}
    undone = shop.api.post(f"/commands/{bulk_id}/undo")
    assert undone.status_code == 202
    values = [outbox(shop, command_id)[0][2] for command_id in undone.json()["command_ids"]]
    assert {value["undoes"] for value in values} == set(made.json()["command_ids"])
    assert {value["kind"] for value in values} == {"undo"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"query": "service:pay", "expected": 20}, 409, "unexpected_count", id="another number"),
        pytest.param({"query": "service:pay"}, 400, "invalid", id="no number at all"),
        pytest.param({"ids": ["FIRST-1"], "query": "is:new"}, 400, "invalid", id="both ids and a query"),
        pytest.param({}, 400, "invalid", id="neither"),
        pytest.param({"ids": ["FIRST-1", "FIRST-99"]}, 404, "not_found", id="an unknown id"),
        pytest.param({"ids": ["FIRST-1"], "arguments": {"how": 5}}, 400, "invalid", id="arguments of another kind"),
        pytest.param({"query": "nope:1", "expected": 1}, 400, "bad_query", id="a query that cannot be read"),
    ],
)
def test_a_bulk_is_refused(shop: World, body: dict[str, Any], status: int, code: str) -> None:
    answer = shop.api.post("/issues/actions", {"action": "resolve", **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_acknowledgement_is_taken_back_by_its_opposite(shop: World) -> None:
    made = shop.api.post("/issues/FIRST-4/acknowledge").json()
    undone = shop.api.post(f"/commands/{made['command_id']}/undo").json()
    ((topic, _, value),) = outbox(shop, undone["command_ids"][0])
    assert (topic, value["kind"]) == ("issue-changes", "unacknowledge")


def test_comments_are_said_mentioned_changed_and_taken_back(shop: World) -> None:
    said = shop.api.post("/issues/FIRST-5/comments", {"body": "look, @admin: <b>bold</b>"})
    assert said.status_code == 201
    comment = said.json()
    assert comment["mentions"] == [shop.api.get("/me").json()["person"]]
    assert comment["body"] == "look, @admin: <b>bold</b>"
    path = f"/comments/{comment['comment_id']}"
    assert shop.api.call("PATCH", path, json={"body": "better"}).json()["body"] == "better"
    assert [one["body"] for one in shop.api.get("/issues/FIRST-5/comments").json()["items"]] == ["better"]
    assert shop.api.call("DELETE", path).status_code == 204
    assert shop.api.get("/issues/FIRST-5/comments").json()["items"] == []
    assert shop.api.call("DELETE", path).status_code == 404
