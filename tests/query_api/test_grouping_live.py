"""Merge and split: one command per member to every partition, refused where it would make a ring."""

from typing import Any

import psycopg
import pytest

from tests.query_api.desks import World
from tests.query_api.rows import NOW, issue_id

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def shop(world: World) -> World:
    for number in range(1, 10):
        world.rows.issue(number)
        for part in (0, 1):
            key(world, number, part)
    world.rows.issue(20)  # its keys are not stored yet
    world.rows.connection.execute("update issues set merged_into = %s where issue_id = %s", (issue_id(1), issue_id(2)))
    world.rows.issue(1, project=2)
    return world


def key(world: World, number: int, part: int) -> None:
    row = {"project_id": 1, "key": f"{part:016x}{number:016x}", "issue_id": issue_id(number), "kind": 1}
    place = {"version": "g1", "anchor": None, "opener": part == 0, "source_partition": number % 4, "source_offset": 1}
    rest = {"why": {}, "example_event_id": issue_id(number), "first_seen_at": NOW}
    world.rows.insert("issue_keys", row | place | rest)


def sent(world: World, command_id: str) -> Any:
    with psycopg.connect(world.dsn) as connection:
        found = connection.execute(
            "select topic, key, value from outbox where value->>'command_id' = %s", (command_id,)
        ).fetchone()
        assert found is not None
        return found


def test_a_merge_takes_the_members_of_its_sources_along(shop: World) -> None:
    answer = shop.api.post("/issues/merge", {"ids": ["FIRST-1"], "into": "FIRST-3", "note": "same"})
    assert answer.status_code == 202, answer.text
    commands = [sent(shop, command_id) for command_id in answer.json()["command_ids"]]
    assert {(topic, to) for topic, to, _ in commands} == {("error-events", "*")}
    bodies = {body["issue_id"]: body for _, _, body in commands}
    assert set(bodies) == {issue_id(1), issue_id(2)}
    assert {body["into"] for body in bodies.values()} == {issue_id(3)}
    assert bodies[issue_id(1)]["owner"] == 1
    undone = shop.api.post(f"/commands/{answer.json()['bulk_id']}/undo").json()
    undoing = [sent(shop, command_id)[2] for command_id in undone["command_ids"]]
    assert {(body["kind"], body["into"]) for body in undoing} == {("undo", issue_id(3))}
    assert {body["undoes"] for body in undoing} == set(answer.json()["command_ids"])


def test_two_merges_cannot_make_a_ring(shop: World) -> None:
    assert shop.api.post("/issues/merge", {"ids": ["FIRST-4"], "into": "FIRST-5"}).status_code == 202
    answer = shop.api.post("/issues/merge", {"ids": ["FIRST-5"], "into": "FIRST-4"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"ids": ["FIRST-6"], "into": "FIRST-6"}, 400, "invalid", id="into itself"),
        pytest.param({"ids": ["FIRST-6"], "into": "FIRST-2"}, 409, "conflict", id="into what was merged"),
        pytest.param({"ids": ["FIRST-6"], "into": issue_id(1, 2)}, 404, "not_found", id="into a foreign one"),
        pytest.param({"ids": [issue_id(1, 2)], "into": "FIRST-6"}, 404, "not_found", id="a foreign one"),
        pytest.param({"ids": ["FIRST-20"], "into": "FIRST-6"}, 409, "conflict", id="one without a key yet"),
        pytest.param({"ids": [], "into": "FIRST-6"}, 400, "invalid", id="nothing"),
    ],
)
def test_merges_that_are_refused(shop: World, body: dict[str, Any], status: int, code: str) -> None:
    answer = shop.api.post("/issues/merge", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    ("issue", "body", "fields"),
    [
        pytest.param(
            "FIRST-7",
            {"keys": [f"{1:016x}{7:016x}"]},
            {"kind": "split", "keys": [f"{1:016x}{7:016x}"]},
            id="one of its keys",
        ),
        pytest.param("FIRST-1", {"member": "FIRST-2"}, {"kind": "split", "member": issue_id(2)}, id="a former member"),
        pytest.param("FIRST-8", {"by": "message", "stay": ["a"]}, {"kind": "refine", "by": "message"}, id="by message"),
    ],
)
def test_splits(shop: World, issue: str, body: dict[str, Any], fields: dict[str, Any]) -> None:
    answer = shop.api.post(f"/issues/{issue}/split", body)
    assert answer.status_code == 202, answer.text
    assert fields.items() <= sent(shop, answer.json()["command_ids"][0])[2].items()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({}, "/keys", id="nothing said"),
        pytest.param({"keys": ["a" * 32], "by": "caller"}, "/keys", id="two ways at once"),
        pytest.param({"keys": ["a" * 32]}, "/keys", id="a key of another issue"),
        pytest.param({"keys": [f"{part:016x}{9:016x}" for part in (0, 1)]}, "/keys", id="all of its keys"),
        pytest.param({"member": "FIRST-3"}, "/member", id="what was never a part"),
    ],
)
def test_splits_that_are_refused(shop: World, body: dict[str, Any], pointer: str) -> None:
    answer = shop.api.post("/issues/FIRST-9/split", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer), answer.text
