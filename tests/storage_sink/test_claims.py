"""Each event once."""

from schemas.commands import IssueCommandKind
from storage_sink.claims import claim, dead, discount, duplicate, duplicates, once
from tests.builders import AT, EVENT_ID, ISSUE_ID, an_occurrence, numbered

FIRST = an_occurrence(source=(1, 0, 10, 0))
AGAIN = an_occurrence(source=(1, 0, 11, 0))
OTHER = an_occurrence(event_id=numbered(7), source=(1, 0, 12, 0))


def test_the_first_of_each_event_goes_on() -> None:
    assert once([FIRST, AGAIN, OTHER]) == ({claim(FIRST): FIRST, claim(OTHER): OTHER}, [AGAIN])


def test_the_same_id_in_two_projects_is_two_events() -> None:
    other_project = an_occurrence(project_id=2)
    assert once([FIRST, other_project])[1] == []


def test_an_event_claimed_from_another_position_is_a_duplicate() -> None:
    assert duplicates([AGAIN], {claim(AGAIN): (1, 0, 10, 0)}) == [AGAIN]


def test_an_event_claimed_from_its_own_position_is_a_replay() -> None:
    assert duplicates([FIRST], {claim(FIRST): (1, 0, 10, 0)}) == []


def test_what_is_told_about_a_duplicate_has_the_same_ids_at_every_replay() -> None:
    command, outcome = discount(AGAIN), duplicate(AGAIN)
    assert (command, outcome) == (discount(AGAIN), duplicate(AGAIN))
    assert (command.kind, command.issue_id, command.event_id) == (IssueCommandKind.DISCOUNT, ISSUE_ID, EVENT_ID)
    assert (command.position, command.received_at) == ((1, 0, 11, 0), AT + 123)
    assert (outcome.minute_at, outcome.counts) == (AT, (("duplicate", 1),))
    assert len({outcome.outcome_id, duplicate(FIRST).outcome_id, dead(AGAIN).outcome_id}) == 3
