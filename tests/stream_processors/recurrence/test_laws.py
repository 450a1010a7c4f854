"""Laws of the fold: whatever is read again, published again, or split otherwise, the same comes out."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.kinds import Severity
from schemas.record import Record
from stream_processors.stage import Input
from tests.builders import numbered
from tests.stream_processors.recurrence.issues import DAY, MINUTE, Issues, changes, some_settings

ISSUES = [numbered(1), numbered(2)]
SPANS = [0, 1, 700, 59_000, MINUTE, 20 * MINUTE, DAY, 8 * DAY]
ACTS: list[tuple[str, dict[str, Any]]] = [
    ("resolve", {}),
    ("reopen", {}),
    ("ignore", {"until": "escalating"}),
    ("snooze", {"count": 2}),
    ("assign", {"to": "person:bo"}),
    ("set_severity", {"severity": Severity.LOW}),
    ("undo", {"undoes": "resolve-1"}),
    ("comment", {}),
    ("merged", {"into": numbered(9)}),
    ("discount", {"position": (7, 3, 1, 0)}),
    ("forget", {}),
]
inputs = st.lists(
    st.tuples(
        st.sampled_from(ISSUES),
        st.sampled_from(SPANS),
        st.one_of(st.none(), st.sampled_from(ACTS)),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=25,
)


def written(log: list[tuple[str, int, tuple[str, dict[str, Any]] | None, int]]) -> tuple[Issues, list[Input]]:
    """The log of one partition, not read yet."""
    issues, clock, arrived = Issues(some_settings()), 0, []
    for issue_id, span, act, user in log:
        clock += span
        record: Record = (
            issues.occurrence(clock, issue_id=issue_id, user=f"{user:016x}" if user else "", handled=user == 1)
            if act is None
            else issues.command(act[0], clock, issue_id=issue_id, received_at=clock, **act[1])
        )
        arrived.append(issues.table.arrived(record))
    return issues, arrived


def ids(told: list[Record]) -> list[str]:
    return [change.change_id for change in changes(told)]


LAWS = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)


@LAWS
@given(inputs, st.data())
def test_reading_any_suffix_again_changes_nothing(log: Any, data: st.DataObject) -> None:
    """Forgotten issues aside: what is forgotten leaves no mark, and is read again only within one batch."""
    kept = [one for one in log if one[2] is None or one[2][0] != "forget"]
    issues, arrived = written(kept)
    for one in arrived:
        issues.table.read(one)
    before, told = dict(issues.table.values), ids(issues.table.told)
    start = data.draw(st.integers(0, len(arrived)))
    issues.table.warm()
    for one in arrived[start:]:
        again = issues.table.read(one)
        assert [change_id for change_id in ids(again) if change_id not in told] == []
    assert issues.table.values == before


@LAWS
@given(inputs)
def test_a_restart_after_every_record_changes_nothing(log: Any) -> None:
    """The cache is a shortcut only: with and without it the same is told and remembered."""
    issues, arrived = written(log)
    other, _ = written([])
    for one in arrived:
        other.table.warm()
        assert issues.table.read(one) == other.table.read(one)
    assert issues.table.values == other.table.values


@LAWS
@given(inputs, st.data())
def test_a_crash_between_emitting_and_storing_repeats_only_known_ids(log: Any, data: st.DataObject) -> None:
    """The batch is decided twice, the first time for nothing: every id of the first run comes again."""
    issues, arrived = written(log)
    start = data.draw(st.integers(0, len(arrived)))
    for one in arrived[:start]:
        issues.table.read(one)
    stored, first = dict(issues.table.values), []
    for one in arrived[start:]:
        first += ids(issues.table.read(one))
    issues.table.values.clear()
    issues.table.values.update(stored)
    issues.table.warm()
    second = [change_id for one in arrived[start:] for change_id in ids(issues.table.read(one))]
    assert second == first


@LAWS
@given(inputs)
def test_each_change_has_an_id_of_its_own_and_numbers_never_fall(log: Any) -> None:
    kept = [one for one in log if one[2] is None or one[2][0] != "forget"]
    issues, arrived = written(kept)
    for one in arrived:
        issues.table.read(one)
    told = changes(issues.table.told)
    assert len({change.change_id for change in told}) == len(told)
    for issue_id in ISSUES:
        numbers = [change.seq for change in told if change.issue_id == issue_id]
        assert numbers == list(range(1, len(numbers) + 1))


@LAWS
@given(inputs)
def test_every_occurrence_is_counted(log: Any) -> None:
    kept = [one for one in log if one[2] is None or one[2][0] not in ("forget", "discount")]
    issues, arrived = written(kept)
    for one in arrived:
        issues.table.read(one)
    for issue_id in ISSUES:
        happened = sum(1 for one in kept if one[0] == issue_id and one[2] is None)
        if happened:
            assert issues.memory(issue_id).hot.counts.total == happened
