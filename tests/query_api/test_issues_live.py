"""Issues over HTTP and a real PostgreSQL: lists, search, pages, one issue, its occurrences."""

from typing import Any

import pytest

from tests.query_api.desks import World
from tests.query_api.rows import DAY_MS, NOW, issue_id

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def shop(world: World) -> World:
    """Ten issues of one project, and one of a project nobody here may see."""
    rows = world.rows
    rows.issue(1, severity=3, type="PaymentDeclined", title="PaymentDeclined: card 4711", assignee="person:ana")
    rows.issue(2, severity=2, service="mail", times_seen=400, users=12)
    rows.issue(3, status="resolved")
    rows.issue(4, status="regressed", regressions=2, first_seen_at=NOW - 9 * DAY_MS)
    rows.issue(5, alerting="firing", level=4)
    for number in range(6, 11):
        rows.issue(number, times_seen=number)
    rows.issue(1, project=2, title="PaymentDeclined: foreign", type="PaymentDeclined")
    rows.insert(
        "issue_environments",
        {"issue_id": issue_id(2), "environment": "staging", "project_id": 1, "first_seen_at": 1, "last_seen_at": 2}
        | {"times_seen": 1},
    )
    for number in range(1, 8):
        rows.event(number, issue=1, user_hash=-5, tags={"shard": str(number)})
    return world


def numbers(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(item["short_id"].removeprefix("FIRST-")) for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", [1, 2, 4, 5, 6, 7, 8, 9, 10], id="open ones by default"),
        pytest.param("is:resolved", [3], id="resolved"),
        pytest.param("is:any", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], id="any"),
        pytest.param("severity:>=high", [1, 2], id="severity"),
        pytest.param("service:mail", [2], id="service"),
        pytest.param("-service:mail severity:high", [], id="negated"),
        pytest.param("type:Payment*", [1], id="prefix"),
        pytest.param("environment:staging", [2], id="environment"),
        pytest.param("assigned:[none,me] times_seen:>=9", [2, 9, 10], id="assignee and number"),
        pytest.param("is:firing", [5], id="firing"),
        pytest.param("is:regressed regressions:>=2", [4], id="regressed"),
        pytest.param("declined", [1], id="a word of the title, not of a foreign project"),
        pytest.param("payment declined severity:critical", [1], id="words and a condition"),
        pytest.param('"card 47"', [1], id="a part of the title"),
        pytest.param("id:FIRST-3", [3], id="by short id"),
        pytest.param("id:[first-3,first-4]", [4, 3], id="by short ids, newest first"),
        pytest.param("project:first is:new service:mail", [2], id="a project by its slug"),
        pytest.param("project:elsewhere", [], id="a project that is not there"),
        pytest.param("level:fatal", [5], id="level"),
    ],
)
def test_queries(shop: World, query: str, found: list[int]) -> None:
    assert sorted(numbers(shop.api.get("/issues", params={"query": query}))) == sorted(found)


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        pytest.param("-last_seen_at", [1, 2, 4], id="last seen"),
        pytest.param("-times_seen", [2, 10, 9], id="events"),
        pytest.param("-users_seen", [2, 1, 4], id="users, then by id"),
        pytest.param("-severity", [1, 2, 4], id="severity"),
        pytest.param("-first_seen_at", [1, 2, 5], id="first seen"),
    ],
)
def test_sorts(shop: World, sort: str, first: list[int]) -> None:
    assert numbers(shop.api.get("/issues", params={"sort": sort}))[:3] == first


@pytest.mark.parametrize("query", ["", "is:any", "keyerror", "keyerror times_seen:>=1"])
@pytest.mark.parametrize("sort", ["-last_seen_at", "-times_seen", "-severity"])
def test_pages_join_without_gap_or_repeat(shop: World, query: str, sort: str) -> None:
    whole = numbers(shop.api.get("/issues", params={"query": query, "sort": sort, "limit": 100}))
    pieces: list[int] = []
    cursor = ""
    while True:
        answer = shop.api.get("/issues", params={"query": query, "sort": sort, "limit": 3, "cursor": cursor})
        pieces += numbers(answer)
        cursor = answer.json().get("next", "")
        if not cursor:
            break
    assert pieces == whole


def test_a_cursor_of_another_query_is_refused(shop: World) -> None:
    cursor = shop.api.get("/issues", params={"limit": 1}).json()["next"]
    answer = shop.api.get("/issues", params={"query": "is:any", "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_mismatch")


def test_a_mistake_is_told_with_its_place(shop: World) -> None:
    answer = shop.api.get("/issues", params={"query": "is:new asigned:me"})
    assert answer.status_code == 400
    (flaw,) = answer.json()["errors"]
    assert (flaw["parameter"], flaw["position"], flaw["length"], flaw["code"]) == ("query", 7, 7, "unknown_key")


def test_one_issue_by_its_short_id_and_by_its_id(shop: World) -> None:
    by_short = shop.api.get("/issues/first-1").json()
    by_id = shop.api.get(f"/issues/{issue_id(1)}").json()
    assert by_short == by_id
    assert (by_id["short_id"], by_id["severity"], by_id["assignee"]) == ("FIRST-1", "critical", "person:ana")


@pytest.mark.parametrize("given", [issue_id(1, 2), "FIRST-99", "NOPE-1", "x", "FIRST-", "-1", "FIRST-99999999999"])
def test_what_is_foreign_or_unknown_is_not_found(shop: World, given: str) -> None:
    answer = shop.api.get(f"/issues/{given}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_occurrences_come_newest_first_in_pages(shop: World) -> None:
    first = shop.api.get("/issues/FIRST-1/occurrences", params={"limit": 4}).json()
    second = shop.api.get("/issues/FIRST-1/occurrences", params={"limit": 4, "cursor": first["next"]}).json()
    assert [item["tags"]["shard"] for item in first["items"] + second["items"]] == list("1234567")
    assert "next" not in second
    assert first["items"][0]["user"] == "fffffffffffffffb"
    assert first["items"][0]["title"] == "PaymentDeclined: card 4711"


def test_an_event_whose_store_is_away_says_so(shop: World) -> None:
    answer = shop.api.get("/issues/FIRST-1/occurrences/latest")
    assert (answer.status_code, answer.json()["code"]) == (503, "documents_away")


def test_why_answers_what_was_asked(shop: World) -> None:
    whole = shop.api.get("/issues/FIRST-1/why").json()
    part = shop.api.get("/issues/FIRST-1/why", params={"about": ["severity"]}).json()
    assert whole["assignee"]["assignee"] == "person:ana"
    assert part == {"issue_id": issue_id(1), "severity": {"severity": "critical"}}
