"""Columns of statements: complete, and in the order of the locks."""

from schemas.outcome import Outcome
from storage_sink import columns
from storage_sink.sums import summed
from tests.builders import AT, KEY, an_occurrence, numbered

TWO = [
    an_occurrence(issue_id=numbered(2), event_id=numbered(5), environment="b"),
    an_occurrence(issue_id=numbered(1), event_id=numbered(6), environment="a", release=""),
    an_occurrence(issue_id=numbered(2), event_id=numbered(7), environment="a"),
]


def test_a_row_keeps_a_title_only_when_it_is_not_the_issues() -> None:
    mine, other = columns.copied(an_occurrence(), "KeyError: 'amount'"), columns.copied(an_occurrence(), "another")
    assert (mine[15], other[15]) == (None, "KeyError: 'amount'")


def test_a_row_has_the_columns_of_the_table() -> None:
    row = columns.copied(an_occurrence(trace_id="f" * 16 + "0" * 15 + "2"), "")
    assert row[:3] == (1, AT + 123, AT + 101)
    assert row[4] == int.from_bytes(bytes.fromhex(KEY[:16]), "big", signed=True)
    assert row[5] == 2
    assert row[16] == '{"browser":"Chrome 126","shard":"3"}'
    assert row[17:] == (7341, 3, 88213, 0)


def test_sums_go_in_the_order_of_their_keys() -> None:
    sums = summed(TWO)
    assert columns.counts(sums)[0] == [numbered(1), numbered(2)]
    assert columns.counts(sums)[2] == [1, 2]
    names = list(zip(*columns.spans(sums.environments)[:2], strict=True))
    assert names == [(numbered(1), "a"), (numbered(2), "a"), (numbered(2), "b")]
    assert columns.spans(sums.releases)[1] == ["shop@2.4.1"]
    assert columns.days(sums)[4][0] == "{0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0}"


def test_outcomes_add_up_by_reason() -> None:
    def told(number: int, *counts: tuple[str, int]) -> Outcome:
        return Outcome(outcome_id=numbered(number), project_id=1, minute_at=AT, stage="gateway", counts=counts)

    found = columns.told_outcomes([told(1, ("accepted", 3), ("too_large", 1)), told(2, ("accepted", 2))])
    assert found == {(1, AT, "gateway", "accepted"): 5, (1, AT, "gateway", "too_large"): 1}
    assert columns.outcome_columns(found)[4] == [5, 1]
