"""Each value of a tag and each user of an issue is written once."""

import pytest

from storage_sink import traits
from storage_sink.traits import Known, Traits
from tests.builders import AT, ISSUE_ID, an_occurrence, numbered

USER = int.from_bytes(bytes.fromhex("9f3a0c1e22d4b870"), "big", signed=True)


def test_the_earliest_sight_of_each_counts() -> None:
    later = an_occurrence(tags={"browser": "Firefox"}, user="")
    found = Traits(
        [an_occurrence(received_at=AT + 9), an_occurrence(received_at=AT + 1), an_occurrence(), later], Known()
    )
    assert found.tags == {
        (ISSUE_ID, "browser", "Chrome 126"): (1, AT + 1),
        (ISSUE_ID, "shard", "3"): (1, AT + 1),
        (ISSUE_ID, "browser", "Firefox"): (1, AT + 123),
    }
    assert found.users == {(ISSUE_ID, USER): (1, AT + 1)}
    assert found.user_columns() == ([ISSUE_ID], [USER], [1], [AT + 1])
    assert found.tag_columns()[1] == ["browser", "browser", "shard"]


def test_what_is_known_is_not_asked_again() -> None:
    known = Known()
    known.add(Traits([an_occurrence()], known))
    again = Traits([an_occurrence(), an_occurrence(issue_id=numbered(2))], known)
    assert {issue for issue, *_ in again.tags} == {numbered(2)} == {issue for issue, _ in again.users}


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traits, "KNOWN", 4)
    known = Known()
    for number in range(4):
        known.add(Traits([an_occurrence(issue_id=numbered(number), tags={}, user="")], known))
        known.add(Traits([an_occurrence(issue_id=numbered(number), tags={"a": "1", "b": "2"}, user="")], known))
    assert len(known.marks) == 4
    assert (numbered(3), "a", "1") in known
    assert (numbered(0), "a", "1") not in known
