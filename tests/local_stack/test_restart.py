"""When a dead program comes again."""

import pytest

from local_stack.restart import PAUSES_S, pause_s, recent


@pytest.mark.parametrize(
    ("deaths", "at", "pause"),
    [
        pytest.param([100.0], 100.0, 0.1, id="the first death is mended at once"),
        pytest.param([100.0, 101.0], 101.0, 0.5, id="the second waits longer"),
        pytest.param([100.0, 101.0, 102.0], 102.0, 1.0, id="the third waits a second"),
        pytest.param([float(n) for n in range(50)], 49.0, 30.0, id="it never waits longer than half a minute"),
        pytest.param([0.0, 119.0], 119.0, 0.5, id="a death 119 s ago still counts"),
        pytest.param([0.0, 120.0], 120.0, 0.1, id="a death 120 s ago is forgiven"),
        pytest.param([], 5.0, 0.1, id="a start that failed without a process waits like a first death"),
    ],
)
def test_the_pause_grows_with_recent_deaths(deaths: list[float], at: float, pause: float) -> None:
    assert pause_s(deaths, at) == pause


def test_pauses_only_grow() -> None:
    assert list(PAUSES_S) == sorted(PAUSES_S)


def test_what_is_forgiven_is_forgotten() -> None:
    assert recent([0.0, 10.0, 125.0], 130.0) == (125.0,)
