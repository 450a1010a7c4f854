"""A stage is stuck when it has work and nothing moves."""

import pytest

from stream_processors.progress import STUCK_S, Progress, observe, stuck_s

LOOKS = [0.0, 10.0, 20.0, 30.0, 40.0]


@pytest.mark.parametrize(
    ("seen", "still_s"),
    [
        pytest.param([((1,), 5), ((2,), 5), ((3,), 5), ((4,), 5), ((5,), 5)], None, id="it moves"),
        pytest.param([((1,), 5)] * 5, 40.0, id="it has work and stands still"),
        pytest.param([((1,), 0)] * 5, None, id="it has nothing to do"),
        pytest.param([((1,), 5), ((1,), 5), ((2,), 5), ((2,), 5), ((2,), 5)], None, id="it stood still for 20 s only"),
        pytest.param([((1,), 0), ((1,), 5), ((1,), 5), ((1,), 5), ((1,), 5)], 40.0, id="work came and nothing moved"),
    ],
)
def test_stuck(seen: list[tuple[tuple[int, ...], int]], still_s: float | None) -> None:
    progress: Progress | None = None
    for at_s, (token, lag) in zip(LOOKS, seen, strict=True):
        progress = observe(progress, token, lag, at_s)
    assert progress is not None
    assert stuck_s(progress, LOOKS[-1]) == still_s


def test_the_limit_is_outside() -> None:
    assert stuck_s(Progress((1,), 0.0), STUCK_S) is None
    assert stuck_s(Progress((1,), 0.0), STUCK_S + 0.001) is not None
