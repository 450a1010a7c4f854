"""The size of a batch follows what its records cost."""

import pytest

from stream_processors.pace import FIRST, LEAST, MOST, QUICK_S, SLOW_S, next_most


@pytest.mark.parametrize(
    ("most", "taken", "took_s", "after"),
    [
        pytest.param(64, 64, 0.01, 128, id="a full batch was quick: twice as many"),
        pytest.param(64, 63, 0.01, 64, id="a batch that was not full proves nothing"),
        pytest.param(64, 64, QUICK_S, 64, id="just quick enough is no reason to grow"),
        pytest.param(64, 64, SLOW_S, 64, id="just slow enough is no reason to shrink"),
        pytest.param(64, 64, SLOW_S + 0.01, 32, id="slow: half as many"),
        pytest.param(64, 3, SLOW_S + 0.01, 32, id="slow though small: half as many"),
        pytest.param(300, 300, 0.01, MOST, id="never more than the most"),
        pytest.param(17, 17, 9.0, LEAST, id="never fewer than the least"),
    ],
)
def test_next_most(most: int, taken: int, took_s: float, after: int) -> None:
    assert next_most(most, taken, took_s) == after


def test_it_finds_the_size_that_takes_a_bearable_time() -> None:
    most, cost_s = FIRST, 0.004
    for _ in range(20):
        most = next_most(most, most, most * cost_s)
    assert QUICK_S <= most * cost_s <= SLOW_S
