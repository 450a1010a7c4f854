"""The record in hand outlives the process."""

from pathlib import Path

import pytest

from stream_processors.ledger import Ledger

SOURCES = ("issue-changes", "ticks")
HERE = ("ticks", 3, 7341, 88_213_000_000)


def lives(folder: Path, *, decided: bool, times: int = 1) -> Ledger:
    """So many processes take the record in hand; the last ledger is the one of the process after them."""
    for _ in range(times):
        ledger = Ledger(folder, SOURCES)
        ledger.enter(*HERE)
        if decided:
            ledger.leave()
    return Ledger(folder, SOURCES)


@pytest.mark.parametrize(
    ("decided", "times", "condemned"),
    [
        pytest.param(False, 1, False, id="one death"),
        pytest.param(False, 2, False, id="two deaths"),
        pytest.param(False, 3, True, id="three deaths"),
        pytest.param(True, 3, False, id="three processes that had decided it"),
    ],
)
def test_condemned(tmp_path: Path, decided: bool, times: int, condemned: bool) -> None:
    assert lives(tmp_path, decided=decided, times=times).condemned(*HERE) is condemned


def test_who_came_through_starts_anew(tmp_path: Path) -> None:
    ledger = lives(tmp_path, decided=False, times=2)
    ledger.enter(*HERE)
    ledger.leave()
    ledger.survived()
    assert not lives(tmp_path, decided=False, times=2).condemned(*HERE)


def test_other_records_that_come_through_prove_nothing(tmp_path: Path) -> None:
    ledger = lives(tmp_path, decided=False, times=2)
    ledger.enter("ticks", 2, 7341, 5)
    ledger.leave()
    ledger.survived()
    assert lives(tmp_path, decided=False).condemned(*HERE)


def test_a_condemned_record_stays_condemned(tmp_path: Path) -> None:
    lives(tmp_path, decided=False, times=3).survived()
    assert Ledger(tmp_path, SOURCES).condemned(*HERE)
