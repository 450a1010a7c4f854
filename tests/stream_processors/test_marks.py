"""Marks: what was folded once is never folded again, whatever is read or sent twice."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.marks import REMEMBERED, Arrival, Marks, Seen, command_root, folded, judge

EPOCH = 7341


def after(*arrivals: Arrival) -> Marks:
    marks = Marks()
    for arrival in arrivals:
        marks = folded(marks, arrival)
    return marks


def event(offset: int, root: int, *, index: int = 0, id_: str = "", partition: int = 3, epoch: int = EPOCH) -> Arrival:
    return Arrival(epoch, offset, (epoch, partition, root, index), id_)


def command(offset: int, id_: str) -> Arrival:
    return Arrival(EPOCH, offset, None, id_)


@pytest.mark.parametrize(
    ("before", "arrival", "seen"),
    [
        pytest.param([], event(0, 0), Seen.NEW, id="an empty value knows nothing"),
        pytest.param([event(5, 50)], event(5, 50), Seen.REPLAY, id="our own offset again is a replay"),
        pytest.param(
            [event(5, 50)], event(4, 60), Seen.REPLAY, id="below our own offset is a replay, whatever the root"
        ),
        pytest.param([event(5, 50)], event(6, 50), Seen.REPEAT, id="the same root under a new offset is a repeat"),
        pytest.param([event(5, 50)], event(6, 49), Seen.REPEAT, id="a lower root is a repeat"),
        pytest.param([event(5, 50)], event(6, 51), Seen.NEW, id="a higher root is new"),
        pytest.param([event(5, 50)], event(6, 50, index=1), Seen.NEW, id="a higher index of one root is new"),
        pytest.param([event(5, 50)], event(6, 10, partition=2), Seen.NEW, id="each root partition has its own mark"),
        pytest.param([event(5, 50)], event(2, 4, epoch=9), Seen.NEW, id="another epoch is not an old one"),
        pytest.param(
            [event(5, 50), event(2, 4, epoch=9)],
            event(3, 4, epoch=9),
            Seen.REPEAT,
            id="the mark moves to the new epoch",
        ),
        pytest.param(
            [event(5, 50, id_="a")], event(6, 50, id_="a"), Seen.REPEAT, id="at an equal root the id tells a repeat"
        ),
        pytest.param(
            [event(5, 50, id_="a")], event(6, 50, id_="b"), Seen.NEW, id="at an equal root and index another id is new"
        ),
        pytest.param(
            [event(5, 50, id_="a"), event(6, 50, id_="b")],
            event(7, 50, id_="a"),
            Seen.REPEAT,
            id="all ids of the newest root are known",
        ),
        pytest.param(
            [event(5, 50, id_="a"), event(6, 51, id_="b")],
            event(7, 50, id_="c"),
            Seen.REPEAT,
            id="below the newest root no id helps",
        ),
        pytest.param([command(5, "x")], command(6, "x"), Seen.RESENT, id="a command sent twice is known by its id"),
        pytest.param([command(5, "x")], command(6, "y"), Seen.NEW, id="another command is new"),
        pytest.param([command(5, "x")], command(5, "x"), Seen.REPLAY, id="a command read twice is a replay first"),
        pytest.param(
            [command(5, "x"), event(6, 50)], command(7, "x"), Seen.RESENT, id="events between do not push a command out"
        ),
        pytest.param([event(5, 50)], Arrival(EPOCH, 6), Seen.NEW, id="neither root nor id: only our own log counts"),
    ],
)
def test_judge(before: list[Arrival], arrival: Arrival, seen: Seen) -> None:
    assert judge(after(*before), arrival) == seen


def test_the_last_32_commands_are_remembered() -> None:
    marks = after(*(command(offset, f"c{offset}") for offset in range(REMEMBERED + 1)))
    assert judge(marks, command(99, "c0")) == Seen.NEW
    assert judge(marks, command(99, "c1")) == Seen.RESENT


def test_a_burst_of_commands_published_again_is_known_by_its_roots() -> None:
    burst = [Arrival(EPOCH, 1 + n, command_root((EPOCH, 3, n, 0)), f"c{n}") for n in range(60)]
    again = [Arrival(EPOCH, 61 + n, command_root((EPOCH, 3, n, 0)), f"c{n}") for n in range(60)]
    assert judge(after(event(0, 1000)), burst[0]) == Seen.NEW
    marks = after(event(0, 1000), *burst)
    assert {judge(marks, arrival) for arrival in again} == {Seen.REPEAT}


def test_marks_survive_msgpack() -> None:
    marks = after(event(5, 50, id_="a"), command(6, "x"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(marks), type=Marks) == marks


CRASHES = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=4)


@given(causes=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=30), upstream=CRASHES, own=CRASHES)
def test_each_record_is_folded_once_and_in_order_under_any_rereading(
    causes: list[tuple[int, int]], upstream: list[tuple[int, int]], own: list[tuple[int, int]]
) -> None:
    """Both the stage before us and we die some times: walk on, fall back to what was committed, walk again."""
    events = [
        [((EPOCH, partition, offset, index), f"{offset}.{index}") for index in range(records)]
        for offset, (partition, records) in enumerate(causes)
    ]
    published = [record for number in walked(len(events), upstream) for record in events[number]]
    marks, told = Marks(), list[str]()
    for offset in walked(len(published), own):
        root, id_ = published[offset]
        arrival = Arrival(EPOCH, offset, root, id_)
        if judge(marks, arrival) == Seen.NEW:
            marks, told = folded(marks, arrival), [*told, id_]
    assert told == [id_ for event in events for _, id_ in event]


def walked(length: int, crashes: list[tuple[int, int]]) -> list[int]:
    """Numbers below `length` in the order read by somebody who falls back by `back` after each `ahead`."""
    order, at = [], 0
    for ahead, back in crashes:
        order += range(at, min(at + ahead, length))
        at = max(0, min(at + ahead, length) - back)
    return [*order, *range(at, length)]
