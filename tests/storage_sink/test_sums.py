"""Sums equal a count by hand, in any order."""

import random

from hypothesis import given
from hypothesis import strategies as st

from schemas.kinds import Level
from schemas.occurrence import Occurrence
from storage_sink.sums import DAY_MS, HOUR_MS, MINUTE_MS, summed
from tests.builders import AT, an_occurrence, numbered

occurrences = st.lists(
    st.builds(
        an_occurrence,
        event_id=st.integers(0, 10**6).map(numbered),
        issue_id=st.integers(0, 2).map(numbered),
        received_at=st.integers(AT - 2 * DAY_MS, AT + 2 * DAY_MS),
        environment=st.sampled_from(["production", "staging"]),
        release=st.sampled_from(["", "a", "b"]),
        level=st.sampled_from(Level),
    ),
    max_size=40,
)


def by(found: list[Occurrence], issue: str) -> list[Occurrence]:
    return [one for one in found if one.issue_id == issue]


@given(occurrences)
def test_counts_and_spans(found: list[Occurrence]) -> None:
    sums = summed(found)
    assert {issue: span.times for issue, span in sums.issues.items()} == {
        issue: len(by(found, issue)) for issue in {one.issue_id for one in found}
    }
    for issue, span in sums.issues.items():
        instants = [one.received_at for one in by(found, issue)]
        assert (span.first_at, span.last_at) == (min(instants), max(instants))
        newest = [one.event_id for one in by(found, issue) if one.received_at == max(instants)]
        assert span.last_event_id in newest


@given(occurrences)
def test_every_sum_has_the_same_total(found: list[Occurrence]) -> None:
    sums = summed(found)
    assert sum(sum(day.hours) for day in sums.days.values()) == len(found)
    assert sum(span.times for span in sums.environments.values()) == len(found)
    assert sum(sums.hours.values()) == sum(sums.minutes.values()) == len(found)
    assert sum(span.times for span in sums.releases.values()) == sum(one.release != "" for one in found)


@given(occurrences, st.randoms(use_true_random=False))
def test_the_order_changes_no_count(found: list[Occurrence], dice: random.Random) -> None:
    shuffled = list(found)
    dice.shuffle(shuffled)
    one, other = summed(found), summed(shuffled)
    assert (one.hours, one.minutes) == (other.hours, other.minutes)
    assert {key: day.hours for key, day in one.days.items()} == {key: day.hours for key, day in other.days.items()}


def test_the_first_millisecond_of_an_hour_belongs_to_it() -> None:
    midnight = AT - AT % DAY_MS
    sums = summed([an_occurrence(received_at=midnight + 23 * HOUR_MS)])
    assert [found.hours[23] for found in sums.days.values()] == [1]


def test_the_last_millisecond_of_an_hour_and_of_a_day_belongs_to_it() -> None:
    midnight = AT - AT % DAY_MS
    sums = summed([an_occurrence(received_at=midnight + DAY_MS - 1), an_occurrence(received_at=midnight + DAY_MS)])
    days = {day: found.hours for (_, day), found in sums.days.items()}
    assert days[midnight // DAY_MS][23] == 1
    assert days[midnight // DAY_MS + 1][0] == 1
    assert {hour_at for _, hour_at, *_ in sums.hours} == {midnight + 23 * HOUR_MS, midnight + DAY_MS}
    assert {minute for _, minute in sums.minutes} == {midnight + DAY_MS - MINUTE_MS, midnight + DAY_MS}
