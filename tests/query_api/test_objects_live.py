"""Settings objects: written strictly, checked, versioned, sealed, previewed."""

from typing import Any

import psycopg
import pytest

from runtime.secrets import unseal
from tests.query_api.desks import MASTER, World
from tests.query_api.rows import NOW, issue_id

pytestmark = pytest.mark.live
RULE = {"name": "many", "conditions": [{"kind": "count", "n": 10, "window_m": 5}]}
SILENCE = {
    "matchers": [{"label": "service", "value": "shop"}],
    "start_at": NOW,
    "end_at": NOW + 3_600_000,
    "reason": "deploy",
    "author": "",
}


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def stored(world: World, setting_id: str) -> Any:
    with psycopg.connect(world.dsn, options="-c gregor.projects=1") as connection:
        found = connection.execute("select value from settings where setting_id = %s", (setting_id,)).fetchone()
        assert found is not None
        return found[0]


def test_the_defaults_of_a_project_are_objects_like_others(world: World) -> None:
    rules = ok(world.api.get("/rules", params={"project": 1}))["items"]
    assert [rule["id"] for rule in rules] == ["1:high", "1:new"]
    assert ok(world.api.get("/policies"))["items"][0]["value"]["repeat"] == 2


def test_a_rule_lives_and_dies_by_its_version(world: World) -> None:
    made = world.api.post("/rules", {"project_id": 1, "id": "many", "value": RULE})
    assert ok(made, 201)["id"] == "1:many"
    assert made.headers["Location"] == "/api/v1/rules/1:many"
    again = world.api.post("/rules", {"project_id": 1, "id": "many", "value": RULE})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    path, tag = "/rules/1:many", {"If-Match": made.headers["ETag"]}
    changed = world.api.call("PUT", path, json={"value": {**RULE, "name": "more"}}, headers=tag)
    assert (ok(changed)["value"]["name"], changed.headers["ETag"]) == ("more", '"2"')
    late = world.api.call("PUT", path, json={"value": RULE}, headers=tag)
    assert (late.status_code, late.json()["code"]) == (412, "version_conflict")
    assert world.api.call("DELETE", path).json()["code"] == "version_needed"
    ok(world.api.call("DELETE", path, headers={"If-Match": '"2"'}), 204)
    assert world.api.get(path).status_code == 404
    ok(world.api.post("/rules", {"project_id": 1, "id": "many", "value": RULE}), 201)
    versions = ok(world.api.get(f"{path}/history"))["items"]
    assert [(one["version"], "value" in one) for one in versions] == [(4, True), (3, False), (2, True), (1, True)]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        pytest.param("/rules", {"value": RULE}, "/project_id", id="a rule without a project"),
        pytest.param(
            "/policies", {"project_id": 1, "value": {"name": "x", "steps": []}}, "/project_id", id="not of one"
        ),
        pytest.param("/rules", {"project_id": 1, "value": {**RULE, "nmae": "x"}}, "/value/nmae", id="a mistyped field"),
        pytest.param(
            "/rules",
            {"project_id": 1, "value": {"name": "x", "conditions": [{"kind": "count", "windw": 5}]}},
            "/value/conditions/0/windw",
            id="a mistyped field deep inside",
        ),
        pytest.param(
            "/rules",
            {"project_id": 1, "value": {"name": "x", "conditions": [{"kind": "moon"}]}},
            "/value/conditions/0",
            id="a condition nobody knows",
        ),
        pytest.param(
            "/rules", {"project_id": 1, "value": {**RULE, "policy": "none-such"}}, "/value/policy", id="no such policy"
        ),
        pytest.param(
            "/policies",
            {"value": {"name": "x", "steps": [{"targets": ["person:nobody"]}]}},
            "/value/steps/0/targets/0",
            id="a target that is not there",
        ),
        pytest.param("/policies", {"value": {"name": "x", "steps": []}}, "/value/steps", id="a policy without steps"),
        pytest.param(
            "/silences",
            {"project_id": 1, "value": {**SILENCE, "matchers": [{"label": "service", "op": "!=", "value": "x"}]}},
            "/value/matchers",
            id="a silence of everything",
        ),
        pytest.param(
            "/silences",
            {"project_id": 1, "value": {**SILENCE, "end_at": NOW + 40 * 86_400_000}},
            "/value/end_at",
            id="a silence of 40 days",
        ),
        pytest.param(
            "/silences",
            {"project_id": 1, "value": {**SILENCE, "matchers": [{"label": "a", "op": "=~", "value": "("}]}},
            "/value/matchers/0/value",
            id="an expression that is none",
        ),
        pytest.param(
            "/routes", {"project_id": 1, "value": {"parent": "nope"}}, "/value/parent", id="a parent that is not there"
        ),
        pytest.param(
            "/routes", {"project_id": 1, "id": "me", "value": {"parent": "me"}}, "/value/parent", id="its own parent"
        ),
        pytest.param(
            "/schedules", {"value": {"name": "x", "zone": "Mars/Base"}}, "/value/zone", id="a zone that is none"
        ),
        pytest.param(
            "/channels",
            {"value": {"name": "x", "type": "webhook", "address": "http://a"}},
            "/value/address",
            id="no https",
        ),
        pytest.param(
            "/channels", {"value": {"name": "x", "type": "slack", "address": ""}}, "/value/address", id="none"
        ),
        pytest.param(
            "/teams", {"value": {"name": "x", "members": [["nobody", ""]]}}, "/value/members/0", id="a stranger"
        ),
        pytest.param(
            "/scrubbing", {"project_id": 1, "value": {"patterns": ["("]}}, "/value/patterns/0", id="a pattern"
        ),
    ],
)
def test_a_wrong_setting_says_where(world: World, path: str, body: dict[str, Any], pointer: str) -> None:
    answer = world.api.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), answer.text
    assert pointer in {flaw.get("pointer") for flaw in answer.json()["errors"]}


def test_a_secret_goes_in_and_never_comes_out(world: World) -> None:
    secret = "https://hooks.example.org/T1/secret"
    made = world.api.post("/channels", {"id": "ops", "value": {"name": "ops", "type": "webhook", "address": secret}})
    assert ok(made, 201)["value"]["address"] == ""
    assert made.json()["value"]["hint"] == "https://hooks.example.org/***"
    assert unseal(MASTER, "channel:ops", stored(world, "channel:ops")["address"]) == secret
    kept = {"value": {"name": "ops!", "type": "webhook", "address": ""}}
    ok(world.api.call("PUT", "/channels/ops", json=kept, headers={"If-Match": '"1"'}))
    assert unseal(MASTER, "channel:ops", stored(world, "channel:ops")["address"]) == secret
    assert "secret" not in world.api.get("/channels/ops/history").text
    with psycopg.connect(world.dsn) as connection:
        audit = connection.execute("select after::text from audit where entity = 'channel:ops'").fetchall()
    assert audit
    assert all("sealed" not in text and "secret" not in text for (text,) in audit)


def test_my_contact_methods_are_mine_and_unproven(world: World) -> None:
    me = ok(world.api.get("/me"))["person"]
    value = {"person": "somebody", "channel": "email", "address": "me@example.org", "verified_at": 5}
    made = ok(world.api.post("/contact-methods", {"value": value}), 201)
    assert made["value"]["person"] == me
    assert made["value"]["hint"] == "m***@example.org"
    assert "verified_at" not in made["value"]
    assert {one["value"]["person"] for one in ok(world.api.get("/contact-methods"))["items"]} == {me}


def test_the_root_route_stays(world: World) -> None:
    tag = world.api.get("/routes/1:root").headers["ETag"]
    answer = world.api.call("DELETE", "/routes/1:root", headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_preview_saves_nothing_and_says_what_it_would_do(world: World) -> None:
    world.rows.issue(1, title="Boom")
    notifier = world.dsn.replace("gregor_api@", "gregor_notifier@")
    with psycopg.connect(notifier, options="-c search_path=gregor") as connection:
        connection.execute(
            "insert into episodes (episode_id, issue_id, project_id, number, seq, state, severity, rule_ids, labels,"
            " position, opened_at) values (%s, %s, 1, 1, 1, 'firing', 2, '{}', %s, '1.0.0', %s)",
            ("e" * 32, issue_id(1), '{"service": "shop"}', NOW),
        )
    silence = ok(world.api.post("/silences/preview", {"project_id": 1, "value": SILENCE}))
    assert (silence["ok"], silence["effect"]["hides"]) == (True, ["Boom"])
    assert silence["words"].startswith('service="shop": silent from')
    assert ok(world.api.get("/silences"))["items"] == []
    policy = {"name": "p", "steps": [{"targets": ["on_call", "role:admin"]}]}
    found = ok(world.api.post("/policies/preview", {"value": policy}))
    assert len(found["effect"]["told"]) == 4
    wrong = ok(world.api.post("/rules/preview", {"project_id": 1, "value": {**RULE, "when": "never"}}))
    assert (wrong["ok"], wrong["errors"][0]["pointer"]) == (False, "/value/when")
    assert "10 times within 5 min" in wrong["words"]


def test_a_schedule_says_who_is_on_call(world: World) -> None:
    me = ok(world.api.get("/me"))["person"]
    layer = {"priority": 1, "people": [me]}
    preview = ok(world.api.post("/schedules/preview", {"value": {"name": "s", "zone": "UTC", "layers": [layer]}}))
    (shift,) = preview["effect"]["shifts"]
    assert shift["people"] == [me]


def test_a_single_one_per_project_has_its_id(world: World) -> None:
    made = ok(world.api.post("/scrubbing", {"project_id": 1, "value": {"names": ["iban"]}}), 201)
    assert made["id"] == "1"
