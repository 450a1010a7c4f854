"""How far each partition is."""

import pytest

from runtime.source import Message
from schemas.marks import Marker
from storage_sink.facts import Passed
from storage_sink.positions import Gap, Progress, ends, folded, gaps, is_stored, starts, watermark

PLACE = ("issue-events", 0)


def at(offset: int, partition: int = 0, epoch: int = 1) -> Message:
    return Message("issue-events", partition, offset, epoch, b"", b"", 0)


def test_starts_and_ends_of_a_batch() -> None:
    batch = [at(7, 1), at(5), at(6), at(8, 1)]
    assert starts(batch) == {PLACE: Progress(1, 5), ("issue-events", 1): Progress(1, 7)}
    assert ends(batch) == {PLACE: Progress(1, 7), ("issue-events", 1): Progress(1, 9)}
    assert list(starts(batch)) == sorted(starts(batch))


def test_a_partition_that_is_read_again_under_way_goes_on_after_the_furthest() -> None:
    assert ends([at(5), at(6), at(7), at(5), at(6)]) == {PLACE: Progress(1, 8)}


@pytest.mark.parametrize(
    ("message", "stored"),
    [
        pytest.param(at(4), True, id="below is stored"),
        pytest.param(at(5), False, id="the next is new"),
        pytest.param(at(4, epoch=2), False, id="a topic made anew is new"),
        pytest.param(at(4, 9), False, id="a partition never seen is new"),
    ],
)
def test_is_stored(message: Message, stored: bool) -> None:
    assert is_stored(message, {PLACE: Progress(1, 5)}) is stored


@pytest.mark.parametrize(
    ("first", "found"),
    [
        pytest.param(at(5), [], id="the next one is in order"),
        pytest.param(at(3), [], id="a replay is in order"),
        pytest.param(at(6), [Gap(PLACE, 5, 6)], id="a record nobody read is a gap"),
        pytest.param(at(6, epoch=2), [], id="another log begins where it begins"),
        pytest.param(at(6, 9), [], id="a partition never seen begins where it begins"),
    ],
)
def test_gaps(first: Message, found: list[Gap]) -> None:
    assert gaps([first], {PLACE: Progress(1, 5)}) == found


def passed(upstream: int, instant: int) -> Passed:
    return Passed(*PLACE, Marker(at=instant, origin="fingerprint", partition=upstream))


@pytest.mark.parametrize(
    ("markers", "known"),
    [
        pytest.param([], 0, id="nothing passed"),
        pytest.param([passed(0, 50)], 0, id="one partition says nothing about the other"),
        pytest.param([passed(0, 50), passed(1, 40)], 40, id="the least of all counts"),
        pytest.param([passed(0, 50), passed(1, 40), passed(1, 60)], 50, id="the newest of each"),
        pytest.param([passed(0, 50), passed(1, 40), passed(0, 30)], 40, id="an older one takes nothing back"),
    ],
)
def test_watermark(markers: list[Passed], known: int) -> None:
    assert watermark(folded({}, markers), PLACE, 2) == known


def test_folding_leaves_what_was_known_as_it_is() -> None:
    before = folded({}, [passed(0, 1), passed(1, 1)])
    folded(before, [passed(0, 9), passed(1, 9)])
    assert watermark(before, PLACE, 2) == 1
