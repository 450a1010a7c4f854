"""Rings of buckets and exact instants equal a count by hand."""

from hypothesis import given
from hypothesis import strategies as st

from stream_processors.recurrence.counting import Within, counted, taken_back
from stream_processors.recurrence.memory import Counts
from stream_processors.recurrence.rings import (
    MINUTE_MS,
    RECENT,
    Ring,
    added,
    between,
    instants,
    instants_with,
    instants_within,
    instants_without,
    series,
    within,
)
from stream_processors.recurrence.users import Users
from tests.builders import AT

SIZE = 10
buckets = st.lists(st.integers(min_value=1, max_value=60), max_size=60)
offsets = st.lists(st.integers(min_value=0, max_value=200 * MINUTE_MS), min_size=1, max_size=200)


def filled(numbers: list[int], size: int = SIZE) -> Ring:
    ring = Ring()
    for number in numbers:
        ring = added(ring, number, size)
    return ring


def kept(numbers: list[int], size: int = SIZE) -> list[int]:
    """Buckets that were within the ring when they came: a late one beyond its end is not counted."""
    newest, found = 0, []
    for number in numbers:
        newest = max(newest, number)
        if newest - number < size:
            found.append(number)
    return found


@given(buckets, st.integers(min_value=0, max_value=5), st.integers(min_value=1, max_value=SIZE))
def test_a_window_equals_a_count_by_hand(numbers: list[int], later: int, window: int) -> None:
    now = max(numbers, default=1) + later
    wanted = sum(1 for number in kept(numbers) if now - window < number <= now)
    assert within(filled(numbers), now, window) == wanted


@given(buckets)
def test_a_series_is_the_windows_of_one_bucket(numbers: list[int]) -> None:
    now = max(numbers, default=1)
    assert series(filled(numbers), now, SIZE) == tuple(
        sum(1 for number in kept(numbers) if number == bucket) for bucket in range(now - SIZE + 1, now + 1)
    )


@given(buckets)
def test_no_ring_outgrows_its_size_nor_keeps_empty_buckets_at_its_end(numbers: list[int]) -> None:
    ring = filled(numbers)
    assert len(ring.counts) <= SIZE
    assert not ring.counts or ring.counts[0] > 0


def test_the_next_bucket_after_a_long_time_forgets_all() -> None:
    assert filled([1, 2, 2, 12]) == Ring(12, (1,))


def test_one_bucket_inside_the_ring_keeps_the_oldest() -> None:
    assert between(filled([1, 10]), 0, 1) == 1
    assert between(filled([1, 11]), 0, 1) == 0


def test_a_late_one_counts_in_its_own_bucket() -> None:
    assert filled([10, 7]) == Ring(10, (1, 0, 0, 1))
    assert filled([10, 9, 9]) == Ring(10, (2, 1))


def test_taking_back_never_goes_below_nothing() -> None:
    ring = filled([10])
    assert added(added(ring, 10, SIZE, -1), 10, SIZE, -1) == Ring(10, (0,))


@given(st.lists(st.integers(min_value=0, max_value=1000), max_size=200), st.integers(min_value=1, max_value=300))
def test_instants_are_the_newest_in_order(numbers: list[int], span: int) -> None:
    recent = b""
    for number in numbers:
        recent = instants_with(recent, number)
    wanted = sorted(numbers)[-RECENT:]
    assert list(instants(recent)) == wanted
    now = max(numbers, default=0)
    assert instants_within(recent, now, span) == sum(1 for number in wanted if now - span < number <= now)


def test_the_start_of_a_window_is_outside_it() -> None:
    recent = instants_with(instants_with(b"", AT), AT + 5)
    assert [instants_within(recent, AT + 5, span) for span in (4, 5, 6)] == [1, 1, 2]


def test_an_instant_is_taken_out_once() -> None:
    recent = instants_with(instants_with(instants_with(b"", 5), 5), 7)
    assert list(instants(instants_without(recent, 5))) == [5, 7]
    assert instants_without(recent, 6) == recent


@given(offsets, st.sampled_from([1, 5, 30, 60]))
def test_small_thresholds_are_exact_whatever_the_order(after_ms: list[int], window_m: int) -> None:
    counts = Counts()
    for offset in after_ms:
        counts = counted(counts, AT + offset)
    now = AT + max(after_ms)
    windows = Within(counts, Users(), now)
    exact = sum(1 for offset in after_ms if now - window_m * MINUTE_MS < AT + offset)
    for threshold in (1, 10, RECENT):
        assert (windows.count(window_m) >= threshold) is (exact >= threshold)


@given(offsets, st.sampled_from([1, 5, 60, 120]))
def test_large_thresholds_are_never_older_and_at_most_one_bucket_short(after_ms: list[int], window_m: int) -> None:
    counts = Counts()
    for offset in sorted(after_ms):
        counts = counted(counts, AT + offset)
    now = AT + max(after_ms)
    seen = Within(counts, Users(), now).count(window_m)
    assert seen <= sum(1 for offset in after_ms if now - window_m * MINUTE_MS < AT + offset)
    assert seen >= sum(1 for offset in after_ms if now - (window_m - 1) * MINUTE_MS < AT + offset)


def test_what_is_taken_back_was_never_counted() -> None:
    once = counted(Counts(), AT)
    twice = counted(once, AT + 7)
    assert taken_back(twice, AT + 7).total == 1
    assert taken_back(twice, AT + 7).recent == once.recent
    assert taken_back(twice, AT + 7).minutes == once.minutes


def test_the_same_time_yesterday() -> None:
    counts = Counts()
    for hours in (0, 0, 24, 24, 24, 24):
        counts = counted(counts, AT + hours * 60 * MINUTE_MS)
    windows = Within(counts, Users(), counts.last_at)
    assert (windows.count(60), windows.earlier(60, "yesterday"), windows.earlier(60, "previous")) == (4, 2, 0)


def test_the_window_before() -> None:
    counts = Counts()
    for minute in (0, 1, 5, 5, 5):
        counts = counted(counts, AT + minute * MINUTE_MS)
    windows = Within(counts, Users(), counts.last_at)
    assert (windows.count(5), windows.earlier(5, "previous")) == (4, 1)


def test_last_week_is_the_share_of_a_day() -> None:
    counts = Counts()
    for day in (0, 0, 7):
        counts = counted(counts, AT + day * 1440 * MINUTE_MS)
    assert Within(counts, Users(), counts.last_at).earlier(720, "last_week") == 1


def test_a_window_asked_twice_is_the_same() -> None:
    counts = Counts()
    for minute in (0, 10, 11):
        counts = counted(counts, AT + minute * MINUTE_MS)
    windows = Within(counts, Users(), counts.last_at)
    assert [windows.count(window_m) for window_m in (5, 60, 5, 60)] == [2, 3, 2, 3]
