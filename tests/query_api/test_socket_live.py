"""The WebSocket: cookie and Origin, messages, and the end of a login."""

from typing import Any

import msgspec
import psycopg
import pytest
from litestar.exceptions import WebSocketDisconnect

from query_api.feed import Item
from tests.query_api.desks import World

pytestmark = pytest.mark.live
OWN = "http://127.0.0.1:8090"


def give(world: World, *items: Item) -> None:
    loop = world.api.desk.pulse.loop
    assert loop is not None
    loop.call_soon_threadsafe(world.api.desk.hub.take, items)


def an_item(offset: int, project: int = 1) -> Item:
    body = msgspec.json.encode({"offset": offset})
    return Item(place=("c", 0, offset), kind="issue", project_id=project, issue_id="a" * 32, at_ms=1, body=body)


def test_messages_arrive_and_foreign_ones_do_not(world: World) -> None:
    with world.api.client.websocket_connect("/api/v1/live", headers={"Origin": OWN}) as socket:
        assert socket.receive_json()["kind"] == "hello"
        give(world, an_item(1), an_item(2, project=2), an_item(3))
        kinds: list[Any] = []
        while len(kinds) < 2:
            message = socket.receive_json()
            if message["kind"] == "issue":
                kinds.append(message["body"]["offset"])
        assert kinds == [1, 3]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another site"),
        pytest.param({"Origin": "null"}, id="a sandboxed page"),
        pytest.param({}, id="no origin"),
        pytest.param({"Origin": OWN, "Cookie": "gregor=nothing"}, id="no login"),
    ],
)
def test_a_socket_wants_login_and_origin(world: World, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as ended,
        world.api.client.websocket_connect("/api/v1/live", headers=headers) as socket,
    ):
        socket.receive_json()
    assert ended.value.code == 4401


def test_what_cannot_be_watched_is_refused(world: World) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as ended,
        world.api.client.websocket_connect("/api/v1/live?kinds=moon", headers={"Origin": OWN}) as socket,
    ):
        socket.receive_json()
    assert ended.value.code == 4400


def test_an_ended_login_is_nobody_any_more(world: World) -> None:
    desk = world.api.desk
    portal = world.api.client.blocking_portal
    cookie = world.api.client.cookies["gregor"]
    caller = portal.call(desk.guard.of_cookie, cookie, 10**15)
    assert caller is None  # its end is long past
    with psycopg.connect(world.dsn) as connection:
        login = connection.execute("select seen_at from logins order by created_at desc limit 1").fetchone()
    assert login is not None
    standing = portal.call(desk.guard.of_cookie, cookie, login[0] + 1)
    assert standing is not None
    assert portal.call(desk.guard.again, standing, login[0] + 2) is not None
    with psycopg.connect(world.dsn) as connection:
        connection.execute("delete from logins")
    assert portal.call(desk.guard.again, standing, login[0] + 3) is None
