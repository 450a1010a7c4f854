"""Which ticks are passed over, to the millisecond."""

import pytest

from stream_processors.lateness import LATE_MS, passed_over
from stream_processors.stage import Input

NOW = 1_000_000


def tick(partition: int, age_ms: int) -> Input:
    return Input("ticks", partition, 7, 1, b"", b"", NOW - age_ms)


def change(partition: int, age_ms: int) -> Input:
    return Input("issue-changes", partition, 3, 1, b"", b"", NOW - age_ms)


@pytest.mark.parametrize(
    ("inputs", "late"),
    [
        pytest.param([tick(0, 0)], [], id="a fresh tick counts"),
        pytest.param([tick(0, LATE_MS)], [], id="so does one of just five seconds"),
        pytest.param([tick(0, LATE_MS + 1)], [0], id="an older one does not"),
        pytest.param([tick(0, 0), change(0, LATE_MS + 1)], [0], id="a tick does not overtake an older backlog"),
        pytest.param([tick(0, 0), change(1, LATE_MS + 1)], [], id="a backlog of another partition is no matter"),
        pytest.param([change(0, LATE_MS + 1)], [], id="a change is never too late"),
    ],
)
def test_passed_over(inputs: list[Input], late: list[int]) -> None:
    assert passed_over(inputs, ("ticks",), NOW) == {("ticks", partition, 7) for partition in late}
