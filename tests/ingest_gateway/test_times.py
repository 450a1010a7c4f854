"""Instants in every spelling, and whose clock is believed."""

import pytest

from ingest_gateway.normalise.times import instant, occurred
from schemas.kinds import Clock
from tests.ingest_gateway.builders import NOW

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@pytest.mark.parametrize(
    ("value", "at"),
    [
        pytest.param(1_777_888_800, NOW, id="seconds"),
        pytest.param(1_777_888_800.123, NOW + 123, id="seconds with a fraction"),
        pytest.param("1777888800.5", NOW + 500, id="seconds as text"),
        pytest.param(1_777_888_800_123, NOW + 123, id="milliseconds"),
        pytest.param(1_777_888_800_123_456, NOW + 123, id="microseconds"),
        pytest.param(1_777_888_800_123_456_789, NOW + 123, id="nanoseconds"),
        pytest.param("2026-05-04T10:00:00Z", NOW, id="ISO with Z"),
        pytest.param("2026-05-04T10:00:00", NOW, id="ISO without a zone is UTC"),
        pytest.param("2026-05-04 10:00:00", NOW, id="ISO with a blank"),
        pytest.param("2026-05-04T12:00:00+02:00", NOW, id="ISO with an offset"),
        pytest.param("2026-05-04T12:00:00+0200", NOW, id="ISO with an offset without a colon"),
        pytest.param("2026-05-04T10:00:00.123456789Z", NOW + 123, id="ISO with nanoseconds"),
        pytest.param("2026-05-04T10:00:00 UTC", NOW, id="ISO with the word UTC"),
        pytest.param("2026-05-04T09:59:60Z", NOW - 1000, id="a leap second"),
        pytest.param("yesterday", None, id="a word is no time"),
        pytest.param("2026-13-04T10:00:00Z", None, id="nor is month 13"),
        pytest.param(-5, None, id="nor what is before 1970"),
        pytest.param(0, None, id="nor zero"),
        pytest.param(10**25, None, id="nor a number beyond nanoseconds"),
        pytest.param(float("nan"), None, id="nor NaN"),
        pytest.param(True, None, id="nor a boolean"),
        pytest.param({}, None, id="nor an object"),
        pytest.param("1" * 65, None, id="nor a very long text"),
    ],
)
def test_instant(value: object, at: int | None) -> None:
    assert instant(value) == at


@pytest.mark.parametrize(
    ("claimed", "sent_at", "at", "clock"),
    [
        pytest.param(NOW - MINUTE, None, NOW - MINUTE, Clock.CLIENT, id="a minute ago is believed"),
        pytest.param(None, None, NOW, Clock.MISSING, id="no time is now"),
        pytest.param(NOW + MINUTE, None, NOW + MINUTE, Clock.CLIENT, id="60 s ahead is believed"),
        pytest.param(NOW + MINUTE + 1, None, NOW, Clock.FUTURE, id="more is not"),
        pytest.param(NOW - 30 * DAY, None, NOW - 30 * DAY, Clock.CLIENT, id="30 days ago is believed"),
        pytest.param(NOW - 30 * DAY - 1, None, NOW, Clock.TOO_OLD, id="more is not"),
        pytest.param(NOW - 5 * DAY, NOW - 5 * DAY + 1000, NOW - 1000, Clock.CORRECTED, id="a clock five days behind"),
        pytest.param(NOW + DAY, NOW + DAY + 1000, NOW - 1000, Clock.CORRECTED, id="a clock a day ahead"),
        pytest.param(NOW - 55 * MINUTE, NOW - 55 * MINUTE, NOW - 55 * MINUTE, Clock.CLIENT, id="55 minutes is a delay"),
    ],
)
def test_occurred(claimed: int | None, sent_at: int | None, at: int, clock: Clock) -> None:
    found = occurred(claimed, sent_at, NOW)
    assert (found.at, found.clock) == (at, clock)


def test_the_shift_says_by_how_much() -> None:
    assert occurred(NOW - 5 * DAY, NOW - 5 * DAY, NOW).shift_ms == 5 * DAY
