from typing import Any

import pytest

from notifier.words import duration, grouped, instant, listed, people, plain, recent, sentence, shortened, times, traced
from schemas.issue_changed import Condition, RuleMet
from tests.builders import AT, a_snapshot


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        pytest.param(-5, "0 s", id="never negative"),
        pytest.param(59_999, "59 s", id="below a minute"),
        pytest.param(60_000, "1 min", id="a minute"),
        pytest.param(7_500_000, "2 h 5 min", id="the two largest units"),
        pytest.param(90_061_000, "1 d 1 h", id="days"),
        pytest.param(86_400_000 + 61_000, "1 d 1 min", id="an empty unit is left out"),
    ],
)
def test_duration(milliseconds: int, expected: str) -> None:
    assert duration(milliseconds) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param("UTC", "4 May 2026, 10:00:00 UTC", id="UTC"),
        pytest.param("America/New_York", "4 May 2026, 06:00:00 EDT", id="summer time"),
        pytest.param("Asia/Kathmandu", "4 May 2026, 15:45:00 +0545", id="a zone without letters"),
    ],
)
def test_instant(zone: str, expected: str) -> None:
    assert instant(AT, zone) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"seen_5m": 12, "seen_1h": 40, "seen_24h": 300}, "12 in 5 min, 40 in 1 h, 300 in 24 h", id="all"),
        pytest.param({"seen_5m": 3, "seen_1h": 3, "seen_24h": 3}, "3 in 5 min", id="equal windows are said once"),
        pytest.param({"seen_24h": 2}, "2 in 24 h", id="empty windows are left out"),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_recent(fields: dict[str, Any], expected: str) -> None:
    assert recent(a_snapshot(**fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"users": 0}, "no user known", id="none"),
        pytest.param({"users": 1}, "1 user", id="one"),
        pytest.param({"users": 1200, "users_exact": False}, "about 1,200 users", id="estimated"),
    ],
)
def test_people(fields: dict[str, Any], expected: str) -> None:
    assert people(a_snapshot(**fields)) == expected


def test_traced_names_the_conditions_that_held() -> None:
    trace = (
        Condition(name="count", value="12", threshold="10", window_m=5, passed=True),
        Condition(name="users", value="1", threshold="5", window_m=5, passed=False),
        Condition(name="new", value="", passed=True),
        Condition(name="severity", value="high", threshold="high", passed=True),
    )
    assert traced(RuleMet(id="r", version=1, trace=trace)) == ("count 12 ≥ 10 in 5 min", "new", "severity high")


def test_small_words() -> None:
    assert (times(1), times(1412)) == ("once", "1,412 times")
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert (sentence(""), sentence("route root")) == ("", "Route root")
    assert shortened("abcdef", 4) == "abc…"
    assert plain(" a\tb\r\nc\u202e ") == "a b c"
    assert grouped(a_snapshot(culprit="", key="")).startswith("same KeyError with the same message")
