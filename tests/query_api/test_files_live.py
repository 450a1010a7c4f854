"""Settings as files: what would change, who would be told, all or nothing."""

from typing import Any

import psycopg
import pytest

from tests.query_api.desks import World

pytestmark = pytest.mark.live


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def applied(world: World, items: list[dict[str, Any]], **more: Any) -> Any:
    return ok(world.api.post("/settings/apply", {"project_id": 1, "items": items, **more}))


def item(kind: str, key: str, **value: Any) -> dict[str, Any]:
    return {"kind": kind, "id": key, "value": value}


STEP = {"targets": ["role:admin"], "delay_s": 60}


def test_what_is_exported_and_applied_again_changes_nothing(world: World) -> None:
    found = ok(world.api.get("/settings", params={"project": 1}))["items"]
    assert {(one["kind"], one["id"]) for one in found} >= {("rule", "new"), ("route", "root"), ("policy", "default-1")}
    again = applied(world, [{name: one[name] for name in ("kind", "id", "value")} for one in found])
    assert {step["act"] for step in again["steps"]} == {"same"}


def test_a_dry_run_tells_and_does_nothing(world: World) -> None:
    items = [item("policy", "night", name="Night", steps=[STEP])]
    plan = applied(world, items, dry_run=True)
    (step,) = plan["steps"]
    assert (plan["applied"], step["act"], step["id"]) == (False, "create", "night")
    assert step["words"] == "1. role:admin, then wait 1 min; at the end staff."
    assert step["told_after"][0].startswith("person:")
    assert world.api.get("/policies/night").status_code == 404


def test_objects_of_one_file_may_name_each_other(world: World) -> None:
    items = [
        item("rule", "spike", name="s", conditions=[{"kind": "count", "n": 5, "window_m": 5}], policy="policy:pay"),
        item("policy", "pay", name="Pay", steps=[STEP]),
    ]
    assert applied(world, items)["applied"] is True
    assert ok(world.api.get("/rules/1:spike"))["value"]["policy"] == "policy:pay"
    with psycopg.connect(world.dsn, options="-c gregor.projects=1") as connection:
        sources = connection.execute("select source from settings where setting_id = 'policy:pay'").fetchone()
    assert sources == ("file",)


def test_one_mistake_and_nothing_is_applied(world: World) -> None:
    items = [
        item("policy", "good", name="Good", steps=[STEP]),
        item("policy", "bad", name="Bad", steps=[{"targets": ["person:nobody"]}]),
    ]
    plan = applied(world, items)
    assert plan["applied"] is False
    assert plan["errors"][0]["pointer"] == "/items/1/value/steps/0/targets/0"
    assert world.api.get("/policies/good").status_code == 404


def test_a_change_names_its_fields(world: World) -> None:
    applied(world, [item("policy", "p", name="P", steps=[STEP])])
    plan = applied(world, [item("policy", "p", name="P", steps=[STEP], repeat=3)])
    assert [(step["act"], step["fields"]) for step in plan["steps"]] == [("change", ["repeat"])]
    assert ok(world.api.get("/policies/p"))["version"] == 2


def test_pruning_removes_what_the_file_leaves_out_but_never_the_root(world: World) -> None:
    applied(world, [item("route", "a", matchers=[{"label": "service", "value": "a"}])])
    plan = applied(world, [item("route", "b", matchers=[{"label": "service", "value": "b"}])], prune=True)
    assert [(step["act"], step["id"]) for step in plan["steps"]] == [("create", "1:b"), ("remove", "1:a")]
    left = ok(world.api.get("/routes", params={"project": 1}))["items"]
    assert [one["id"] for one in left] == ["1:b", "1:root"]
    assert len(ok(world.api.get("/rules", params={"project": 1}))["items"]) >= 2


def test_a_secret_stays_where_the_file_has_none(world: World) -> None:
    value = {"name": "ops", "type": "webhook", "address": "https://x.example/1"}
    assert applied(world, [item("channel", "ops", **value)])["applied"] is True
    again = applied(world, [item("channel", "ops", **{**value, "address": "", "name": "Ops"})])
    assert [(step["act"], step["fields"]) for step in again["steps"]] == [("change", ["name"])]
    assert ok(world.api.get("/channels/ops"))["value"]["hint"] == "https://x.example/***"
    fresh = applied(world, [item("channel", "new", **{**value, "address": ""})])
    assert fresh["errors"][0]["pointer"] == "/items/0/value/address"


@pytest.mark.parametrize("kind", ["method", "person", "moon"])
def test_files_hold_no_people_and_nothing_unknown(world: World, kind: str) -> None:
    answer = world.api.post("/settings/apply", {"project_id": 1, "items": [item(kind, "x")]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/items/0/kind")
