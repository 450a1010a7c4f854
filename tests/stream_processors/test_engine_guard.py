"""One process per slot, one store per changelog."""

from pathlib import Path

import pytest

from stream_processors.guard import Identity, KillAt, OtherPartitions, SlotTaken, belong, hold


def test_a_slot_has_one_owner(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(SlotTaken, match="GREGOR_STAGES_SLOT"):
        hold(tmp_path)
    hold(tmp_path).close()


def store(folder: Path) -> Path:
    path = folder / "v1" / "tables" / "t-0.db"
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        pytest.param(None, Identity(7, 4), True, id="a store of unknown origin is kept"),
        pytest.param(Identity(7, 4), Identity(7, 4), True, id="the same changelog"),
        pytest.param(Identity(7, 4), Identity(8, 4), False, id="a changelog made anew"),
    ],
)
def test_belong(tmp_path: Path, first: Identity | None, second: Identity, kept: bool) -> None:
    if first:
        belong(tmp_path, first)
    path = store(tmp_path)
    assert belong(tmp_path, second) is kept
    assert path.exists() is kept
    assert belong(tmp_path, second)


def test_another_partition_count_is_refused(tmp_path: Path) -> None:
    belong(tmp_path, Identity(7, 4))
    with pytest.raises(OtherPartitions, match="gregor restore"):
        belong(tmp_path, Identity(7, 6))


@pytest.mark.parametrize(
    ("where", "left"),
    [
        pytest.param("after_emit:5", 3, id="a point of any stage"),
        pytest.param("recurrence.after_emit:5", 3, id="a point of this stage"),
        pytest.param("escalation.after_emit:5", 5, id="a point of another stage"),
        pytest.param("after_log:5", 5, id="another point"),
        pytest.param("", 0, id="nowhere"),
    ],
)
def test_kill_at_counts_its_point(where: str, left: int) -> None:
    kill_at = KillAt(where, "recurrence")
    kill_at.passed("after_emit")
    kill_at.passed("after_emit")
    assert kill_at.left == left
