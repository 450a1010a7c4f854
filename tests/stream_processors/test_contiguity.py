"""The guard: a gap, or a record twice, within one generation."""

import pytest

from stream_processors.contiguity import Gap, Log, follow


@pytest.mark.parametrize(
    ("log", "last", "offset", "gap"),
    [
        pytest.param(Log(0, 7), None, 7, None, id="the first is the committed one"),
        pytest.param(Log(0, 7), None, 3, None, id="the first may be lower: it is read again"),
        pytest.param(Log(0, 7), None, 8, Gap(7, 8), id="the first may not be higher"),
        pytest.param(Log(9, 7), None, 9, None, id="the log may start above what was committed"),
        pytest.param(Log(9, 7), None, 10, Gap(9, 10), id="but not above its own start"),
        pytest.param(Log(0), None, 0, None, id="nothing committed: from the start"),
        pytest.param(Log(0), None, 1, Gap(0, 1), id="nothing committed: not after the start"),
        pytest.param(Log(0, 7), 7, 8, None, id="one after the other"),
        pytest.param(Log(0, 7), 7, 9, Gap(8, 9), id="a record is passed over"),
        pytest.param(Log(0, 7), 7, 7, Gap(8, 7), id="a record comes twice"),
        pytest.param(Log(0, 7), 7, 3, Gap(8, 3), id="the log goes back"),
    ],
)
def test_follow(log: Log, last: int | None, offset: int, gap: Gap | None) -> None:
    assert follow(log, last, offset) == gap


@pytest.mark.parametrize(
    ("log", "expired"),
    [
        pytest.param(Log(0, 7), 0, id="all is there"),
        pytest.param(Log(7, 7), 0, id="the log starts at the next one"),
        pytest.param(Log(9, 7), 2, id="two were not read"),
        pytest.param(Log(9), 9, id="nothing was ever committed"),
    ],
)
def test_expired(log: Log, expired: int) -> None:
    assert log.expired == expired
