"""History and statistics equal what was stored, counted by hand."""

from typing import Any

import pytest

from tests.query_api.desks import World
from tests.query_api.rows import DAY_MS, NOW, issue_id

pytestmark = pytest.mark.live
HOUR_MS = 3_600_000
TODAY = NOW // DAY_MS * DAY_MS
SPAN = {"from": TODAY, "to": TODAY + DAY_MS}


@pytest.fixture(scope="module")
def shop(world: World) -> World:
    rows = world.rows
    rows.issue(1, first_seen_at=TODAY, users=3, severity=2, type="KeyError")
    rows.issue(2, first_seen_at=TODAY - DAY_MS, type="OSError")
    rows.issue(1, project=2)
    hours = [0] * 24
    hours[3], hours[5] = 4, 6
    rows.connection.execute(
        "insert into issue_daily (issue_id, day, project_id, times_seen, hours) values"
        " (%s, day_of(%s), 1, 10, %s), (%s, day_of(%s), 1, 2, null), (%s, day_of(%s), 2, 99, null)",
        (issue_id(1), TODAY, hours, issue_id(2), TODAY - DAY_MS, issue_id(1, 2), TODAY),
    )
    for hour, environment, service, level, project, count in (
        (3, "production", "shop", 3, 1, 4),
        (5, "production", "mail", 4, 1, 5),
        (5, "staging", "shop", 3, 1, 1),
        (-24 + 5, "production", "shop", 3, 1, 7),
        (5, "production", "shop", 3, 2, 1000),
    ):
        row = {"project_id": project, "hour_at": TODAY + hour * HOUR_MS, "environment": environment}
        rows.insert("project_hourly", row | {"service": service, "level": level, "times_seen": count})
    for number in range(1, 7):
        rows.event(
            number,
            received_at=TODAY + number,
            release="1.0" if number < 5 else "1.1",
            tags={"browser": "Firefox" if number % 2 else "Chrome"},
            user_hash=number % 3,
        )
    rows.connection.execute("update issue_counts set last_seen_at = %s where issue_id = %s", (TODAY + 9, issue_id(1)))
    rows.connection.execute("update issue_counts set first_seen_at = %s where issue_id = %s", (TODAY, issue_id(1)))
    rows.insert(
        "activity",
        {"issue_id": issue_id(1), "at": TODAY + 1, "change_id": "a" * 32, "project_id": 1, "kind": "opened"}
        | {"actor": "", "detail": {"reason": "first"}},
    )
    rows.insert(
        "alert_steps",
        {"step_id": "e:open:0", "episode_id": "b" * 32, "issue_id": issue_id(1), "project_id": 1, "kind": "open"}
        | {"at": TODAY + 2, "step": {"reason": "rule_met", "severity": "high", "position": "1.0.0"}},
    )
    return world


def ok(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("params", "totals"),
    [
        pytest.param({}, {"all": 10}, id="all events of my projects"),
        pytest.param({"group_by": "service"}, {"shop": 5, "mail": 5}, id="by service"),
        pytest.param({"group_by": "environment"}, {"production": 9, "staging": 1}, id="by environment"),
        pytest.param({"group_by": "level"}, {"error": 5, "fatal": 5}, id="by level"),
        pytest.param({"environment": "staging"}, {"all": 1}, id="one environment"),
        pytest.param({"metric": "new"}, {"all": 1}, id="new issues"),
        pytest.param({"step": "day"}, {"all": 10}, id="by day"),
    ],
)
def test_series_add_up(shop: World, params: dict[str, str], totals: dict[str, int]) -> None:
    found = ok(shop.api.get("/stats/series", params={**SPAN, **params}))
    assert {line["name"]: line["total"] for line in found["lines"]} == totals
    step = 24 if params.get("step") != "day" else 1
    assert all(len(line["points"]) == step for line in found["lines"])


def test_a_series_stands_beside_the_day_before(shop: World) -> None:
    (line,) = ok(shop.api.get("/stats/series", params={**SPAN, "compare": "previous"}))["lines"]
    assert [point["events"] for point in line["points"]][3:6] == [4, 0, 6]
    assert [point["events"] for point in line["before"]][3:6] == [0, 0, 7]


@pytest.mark.parametrize(
    ("params", "items"),
    [
        pytest.param({"by": "service"}, [("mail", 5), ("shop", 5)], id="counted ahead"),
        pytest.param({"by": "type"}, [("KeyError", 10)], id="by issues"),
        pytest.param({"by": "severity"}, [("high", 10)], id="severity in words"),
        pytest.param({"by": "release"}, [("1.0", 4), ("1.1", 2)], id="by events"),
        pytest.param({"by": "tag", "tag": "browser"}, [("Chrome", 3), ("Firefox", 3)], id="a tag"),
        pytest.param({"by": "tag", "tag": "nope"}, [], id="a tag nobody has"),
    ],
)
def test_breakdown(shop: World, params: dict[str, str], items: list[tuple[str, int]]) -> None:
    found = ok(shop.api.get("/stats/breakdown", params={**SPAN, **params}))
    assert [(item["value"], item["events"]) for item in found["items"]] == items


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        pytest.param("/stats/breakdown", {"by": "release", "from": TODAY - 9 * DAY_MS}, 422, id="events of too long"),
        pytest.param("/stats/series", {"from": TODAY - 90 * DAY_MS}, 400, id="too many hours"),
        pytest.param("/stats/series", {"from": 5, "to": 4}, 400, id="a span turned round"),
        pytest.param("/stats/series", {"project": 2}, 404, id="a foreign project"),
        pytest.param("/stats/series", {"metric": "users"}, 400, id="a metric that is none"),
    ],
)
def test_what_cannot_be_counted(shop: World, path: str, params: dict[str, Any], status: int) -> None:
    assert shop.api.get(path, params={"to": TODAY + DAY_MS, **params}).status_code == status


def test_the_trend_of_an_issue_has_zeros_and_marks(shop: World) -> None:
    found = ok(shop.api.get("/issues/FIRST-1/trend", params=SPAN))
    assert [point["events"] for point in found["points"]] == [0, 0, 0, 4, 0, 6] + [0] * 18
    longer = ok(shop.api.get("/issues/FIRST-1/trend", params={"from": TODAY - 40 * DAY_MS, "to": TODAY + DAY_MS}))
    assert [point["events"] for point in longer["points"]] == [0] * 40 + [10]


def test_the_timeline_is_one_order(shop: World) -> None:
    said = shop.api.post("/issues/FIRST-1/comments", {"body": "seen"}).json()
    entries = ok(shop.api.get("/issues/FIRST-1/timeline"))["items"]
    assert [(entry["kind"], entry["what"]) for entry in entries] == [
        ("comment", "seen"),
        ("step", "open"),
        ("change", "opened"),
    ]
    assert entries[0]["at"] == said["at"]
    first = ok(shop.api.get("/issues/FIRST-1/timeline", params={"limit": 1}))
    second = ok(shop.api.get("/issues/FIRST-1/timeline", params={"limit": 2, "cursor": first["next"]}))
    assert first["items"] + second["items"] == entries


def test_tags_users_and_releases_of_an_issue(shop: World) -> None:
    tags = ok(shop.api.get("/issues/FIRST-1/tags"))
    assert (tags["of"], tags["items"][0]["values"][0]) == (6, {"value": "Chrome", "events": 3})
    users = ok(shop.api.get("/issues/FIRST-1/users"))
    assert [hit["events"] for hit in users["items"]] == [2, 2, 2]
    assert ok(shop.api.get("/issues/FIRST-1/releases")) == {"releases": [], "environments": []}


@pytest.mark.parametrize("path", ["compare", "trends", "impact", "workload", "services", "recurring"])
def test_the_views_answer(shop: World, path: str) -> None:
    assert "items" in ok(shop.api.get(f"/stats/{path}"))


def test_what_changed_between_two_days(shop: World) -> None:
    found = ok(shop.api.get("/stats/compare", params=SPAN))["items"]
    assert [(item["short_id"], item["change"], item["now"], item["before"]) for item in found] == [
        ("FIRST-1", "new", 10, 0),
        ("FIRST-2", "gone", 0, 2),
    ]
