"""Events across issues: filters, growing windows, neighbours; and the request behind one."""

from typing import Any

import psycopg
import pytest

from domain.ids import user_hash
from query_api import curl
from query_api.search.event_filters import signed
from runtime.secrets import unseal
from schemas.error_event import Body, ErrorEvent, Request
from tests.query_api.desks import MASTER, World
from tests.query_api.rows import DAY_MS, NOW, event_id

pytestmark = pytest.mark.live
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = {"from": NOW - DAY_MS, "to": NOW}


@pytest.fixture(scope="module")
def shop(world: World) -> World:
    """Ten events of two issues within a day, two of them hours apart; one of a foreign project."""
    rows = world.rows
    rows.issue(1, title="Boom", first_seen_at=NOW - DAY_MS, last_seen_at=NOW)
    rows.issue(2, title="Bang", first_seen_at=NOW - DAY_MS, last_seen_at=NOW)
    salt = salt_of(world)
    for number in range(1, 9):
        rows.event(
            number,
            issue=1,
            environment="staging" if number == 8 else "production",
            release="1.0" if number < 4 else "1.1",
            tags={"browser": "Firefox 1" if number % 2 else "Chrome", "a%b": "x"},
            level=4 if number == 1 else 3,
            user_hash=signed(user_hash(salt, "ana")) if number < 3 else None,
            trace=signed(TRACE[-16:]) if number in {2, 3} else None,
        )
    rows.event(1, issue=2, received_at=NOW - 9 * 3_600_000, title="Bang 7")
    rows.event(2, issue=2, received_at=NOW - 20 * 3_600_000)
    rows.event(1, issue=1, project=2, event_id=event_id(99, 99))
    return world


def salt_of(world: World) -> bytes:
    with psycopg.connect(world.dsn, options="-c gregor.projects=1") as connection:
        found = connection.execute("select value->>'user_salt' from settings where setting_id = 'project:1'").fetchone()
    assert found is not None
    return bytes.fromhex(unseal(MASTER, "project:1", found[0]))


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["event_id"] for item in answer.json()["items"]]


FIRST = [event_id(number, 1) for number in range(1, 9)]
SECOND = [event_id(number, 2) for number in (1, 2)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", FIRST + SECOND, id="everything of the day, also hours apart"),
        pytest.param("environment:staging", FIRST[7:], id="environment"),
        pytest.param("release:1.0", FIRST[:3], id="release"),
        pytest.param("-release:1.0 issue:FIRST-1", FIRST[3:], id="negated, of one issue"),
        pytest.param("level:fatal", FIRST[:1], id="level"),
        pytest.param("tag.browser:Chrome", FIRST[1::2], id="a tag"),
        pytest.param("tag.browser:Fire*", FIRST[::2], id="the beginning of a tag"),
        pytest.param("tag.a%b:x release:1.0", FIRST[:3], id="a tag with a strange name"),
        pytest.param("has:tag.browser", FIRST, id="a tag that is there"),
        pytest.param("has:trace", FIRST[1:3], id="a trace that is there"),
        pytest.param(f"trace:{TRACE}", FIRST[1:3], id="one trace"),
        pytest.param("user.id:ana", FIRST[:2], id="a user by what the application calls them"),
        pytest.param("user.id:bob", [], id="a user who never was there"),
        pytest.param("issue:FIRST-2", SECOND, id="an issue by its short id"),
        pytest.param(f"event:{event_id(3, 1)}", FIRST[2:3], id="one event"),
        pytest.param("project:first service:shop", FIRST + SECOND, id="a project"),
    ],
)
def test_queries(shop: World, query: str, found: list[str]) -> None:
    assert ids(shop.api.get("/occurrences", params={**SPAN, "query": query})) == found


def test_pages_join_without_gap_or_repeat(shop: World) -> None:
    pieces: list[str] = []
    cursor = ""
    while True:
        answer = shop.api.get("/occurrences", params={**SPAN, "limit": 3, "cursor": cursor})
        pieces += ids(answer)
        cursor = answer.json().get("next", "")
        if not cursor:
            break
    assert pieces == FIRST + SECOND


@pytest.mark.parametrize(
    ("params", "code"),
    [
        pytest.param({"from": NOW - 91 * DAY_MS, "to": NOW}, "invalid", id="too long"),
        pytest.param({**SPAN, "query": "boom"}, "bad_query", id="text"),
        pytest.param({**SPAN, "query": "user:ana"}, "bad_query", id="a digest that is none"),
        pytest.param({**SPAN, "query": "issue:NOPE-1"}, "not_found", id="an issue that is not there"),
        pytest.param({**SPAN, "query": "event:x"}, "bad_query", id="an event id that is none"),
    ],
)
def test_what_cannot_be_asked(shop: World, params: dict[str, Any], code: str) -> None:
    assert shop.api.get("/occurrences", params=params).json()["code"] == code


def test_an_event_has_neighbours_in_its_issue(shop: World) -> None:
    def beside(number: int) -> Any:
        return shop.api.get(f"/occurrences/1:{event_id(number, 1)}/adjacent").json()

    assert beside(1) == {"older": f"1:{FIRST[1]}"}
    assert beside(2) == {"newer": f"1:{FIRST[0]}", "older": f"1:{FIRST[2]}"}
    assert beside(8) == {"newer": f"1:{FIRST[6]}"}


def test_titles_and_users_are_told(shop: World) -> None:
    items = shop.api.get("/occurrences", params=SPAN).json()["items"]
    assert [items[0]["title"], items[8]["title"]] == ["Boom", "Bang 7"]
    assert items[0]["user"] == user_hash(salt_of(shop), "ana")


@pytest.mark.parametrize("way", ["", "/raw", "/curl", "/adjacent"])
def test_a_foreign_event_is_not_there(shop: World, way: str) -> None:
    assert shop.api.get(f"/occurrences/2:{event_id(99, 99)}{way}").status_code == 404
    assert shop.api.get(f"/occurrences/1:{event_id(99, 99)}{way}").status_code == 404


def an_event(**over: Any) -> ErrorEvent:
    base = {"event_id": "e" * 32, "project_id": 1, "home_key": "h", "received_at": 1, "occurred_at": 1, "service": "s"}
    return ErrorEvent(**{**base, **over})


def test_a_request_becomes_a_command_that_a_shell_reads_as_one() -> None:
    request = Request(
        method="POST",
        url="https://shop.example/pay",
        query=(("q", "a b"), ("x", "'; rm -rf /")),
        headers=(("Authorization", "[Filtered]"), ("X-Bad", "a\r\nb")),
        cookies=(("sid", "[Filtered]"),),
        body=Body(text='{"amount": "5"}\n'),
    )
    command = curl.command(an_event(request=request))
    assert command == (
        "curl -X POST 'https://shop.example/pay?q=a b&x='\"'\"'; rm -rf /' -H 'Authorization: [Filtered]'"
        " -H 'X-Bad: ab' -b 'sid=[Filtered]' --data-raw '{\"amount\": \"5\"}\n'"
    )
    assert curl.command(an_event()) == ""


def test_every_look_at_an_original_is_audited(shop: World) -> None:
    shop.api.get(f"/occurrences/1:{FIRST[0]}/raw")
    found = shop.api.get("/audit", params={"verb": "events_raw"}).json()["items"]
    assert found[0]["entity"] == f"event:1:{FIRST[0]}"
