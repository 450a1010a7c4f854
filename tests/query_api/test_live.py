"""Live updates: who gets what, resuming, gaps, slow clients; no broker, no socket."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from query_api import feed
from query_api.feed import Item, Watch
from query_api.live import CLIENTS, QUEUE, RING_MS, Client, Full, Gap, Hub
from schemas.issue_changed import IssueChanged, IssueSnapshot
from schemas.kinds import ChangeKind, Severity, Status
from schemas.marks import Marker

MINE = frozenset({1})
ALL = Watch()


def an_item(offset: int, *, project: int = 1, issue: str = "a" * 32, kind: str = "issue", at: int = 0) -> Item:
    return Item(place=("c", 0, offset), kind=kind, project_id=project, issue_id=issue, at_ms=at, body=b"{}")


@pytest.mark.parametrize(
    ("watch", "item", "expected"),
    [
        pytest.param(ALL, an_item(1), True, id="everything of my projects"),
        pytest.param(ALL, an_item(1, project=2), False, id="nothing of another"),
        pytest.param(Watch(project_id=1), an_item(1), True, id="one project"),
        pytest.param(Watch(project_id=2), an_item(1, project=2), False, id="asking for a foreign one gives nothing"),
        pytest.param(Watch(issue_id="b" * 32), an_item(1), False, id="another issue"),
        pytest.param(Watch(kinds=frozenset({"step"})), an_item(1), False, id="another kind"),
        pytest.param(Watch(kinds=frozenset({"issue"})), an_item(1), True, id="the kind"),
    ],
)
def test_wanted(watch: Watch, item: Item, expected: bool) -> None:
    assert feed.wanted(item, watch, MINE) is expected


@pytest.mark.parametrize(
    "vector", [{}, {("c", 0): 17}, {("c", 0): 17, ("a", 11): 0, ("d", 2): 9_000_000_000}], ids=["empty", "one", "three"]
)
def test_a_vector_comes_back_as_it_was_written(vector: dict[tuple[str, int], int]) -> None:
    assert feed.read(feed.written(vector)) == vector


@pytest.mark.parametrize("text", ["", "x", "c", "c0", "c0.", "z0.1", "c-1.2", "c0.1.2", "c٣.1", ",,,"])
def test_what_is_no_vector_is_passed_over(text: str) -> None:
    assert feed.read(text) == {}


def test_a_change_is_told_with_its_place_and_seq() -> None:
    snapshot = IssueSnapshot(status=Status.NEW, severity=Severity.HIGH, title="Boom", times_seen=3)
    changed = IssueChanged(
        change_id="c" * 32,
        issue_id="a" * 32,
        project_id=1,
        kind=ChangeKind.OPENED,
        at=5,
        seq=7,
        cause="event:x",
        issue=snapshot,
    )
    found = feed.item(("c", 3, 18), changed)
    assert found is not None
    body = msgspec.json.decode(found.body)
    assert (body["at"], body["seq"], body["change"], body["severity"]) == (["c", 3, 18], 7, "opened", "high")
    assert feed.item(("c", 0, 1), Marker(at=1, origin="x", partition=0)) is None


def run(body: Callable[[Hub], Any]) -> Any:
    async def inside() -> Any:
        return await body(Hub())

    return asyncio.run(inside())


async def drained(hub: Hub, client: Client) -> list[int | str | None]:
    """Offsets of items, the reason of a gap, None for silence, until the first silence or the end."""
    found: list[int | str | None] = []
    async for message in hub.messages(client, 0.01):
        found.append(message.place[2] if isinstance(message, Item) else message.why if message else None)
        if message is None:
            break
    return found


def after(hub: Hub, since: dict[tuple[str, int], int], items: Sequence[Item] = ()) -> tuple[Client, Gap | None]:
    client, gap = hub.join(ALL, MINE, since)
    hub.take(items)
    return client, gap


def test_a_client_gets_what_comes_and_then_silence() -> None:
    async def body(hub: Hub) -> None:
        client, gap = after(hub, {}, [an_item(1), an_item(2, project=2), an_item(3)])
        assert gap is None
        assert await drained(hub, client) == [1, 3, None]

    run(body)


def test_a_client_resumes_where_it_stood() -> None:
    async def body(hub: Hub) -> None:
        hub.take([an_item(offset) for offset in range(1, 6)])
        client, gap = after(hub, {("c", 0): 3}, [an_item(6)])
        assert gap is None
        assert await drained(hub, client) == [4, 5, 6, None]

    run(body)


def test_whoever_was_away_too_long_is_told_to_ask_anew() -> None:
    async def body(hub: Hub) -> None:
        hub.take([an_item(1, at=0), an_item(2, at=RING_MS + 1)])
        _, gap = after(hub, {("c", 0): 0})
        assert gap == Gap("too long ago")
        assert after(hub, {("c", 0): 1})[1] is None

    run(body)


def test_a_slow_client_is_let_go_and_told() -> None:
    async def body(hub: Hub) -> None:
        client, _ = after(hub, {}, [an_item(offset) for offset in range(QUEUE + 5)])
        found = await drained(hub, client)
        assert found[-1] == "too slow"
        assert len(found) == QUEUE + 1

    run(body)


def test_a_process_serves_so_many_and_no_more() -> None:
    async def body(hub: Hub) -> None:
        clients = [hub.join(ALL, MINE, {})[0] for _ in range(CLIENTS)]
        with pytest.raises(Full):
            hub.join(ALL, MINE, {})
        hub.leave(clients[0])
        hub.join(ALL, MINE, {})

    run(body)


def test_everybody_is_let_go_when_the_process_ends() -> None:
    async def body(hub: Hub) -> None:
        client, _ = after(hub, {})
        hub.close()
        assert await drained(hub, client) == []

    run(body)
