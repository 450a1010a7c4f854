"""The detector: tail values, quiet gaps in closed form, and the same verdicts as the published reference."""

import random

import pytest

from stream_processors.recurrence.anomaly import (
    ALPHAS,
    DAY,
    FLAT,
    SPANS,
    Detector,
    gap_s,
    learned,
    observed,
    passed,
)
from stream_processors.recurrence.tails import betainc, nb_tail
from tests.stream_processors.recurrence import anomaly_reference as reference

SEASON = tuple(1 + 0.6 * ((hour % 8) - 3.5) / 3.5 for hour in range(24))


@pytest.mark.parametrize(
    ("n", "mean", "variance", "tail"),
    [
        pytest.param(5, 0.01, 0.02, "0.000110216", id="a rare issue, five at once"),
        pytest.param(12, 1.0, 2.0, f"{2**-12:.6g}", id="a power of two"),
        pytest.param(40, 10.0, 25.0, "4.47156e-05", id="four times as many"),
        pytest.param(200, 100.0, 300.0, "1.30269e-06", id="twice as many of a hundred"),
    ],
)
def test_tail_values(n: int, mean: float, variance: float, tail: str) -> None:
    assert f"{nb_tail(n, mean, variance):.6g}" == tail


def test_nothing_at_all_is_certain() -> None:
    assert nb_tail(0, 1.0, 2.0) == 1.0


def test_the_incomplete_beta_function_is_symmetric() -> None:
    rng = random.Random(1)
    for _ in range(500):
        a, b, x = rng.uniform(1, 300), rng.uniform(0.01, 300), rng.uniform(0.01, 0.99)
        assert betainc(a, b, x) + betainc(b, a, 1 - x) == pytest.approx(1, abs=1e-9)


def minutes(seed: int, days: int) -> list[int]:
    """Minutes of occurrences: a rate of its own, bursts, long silences."""
    rng = random.Random(seed)
    rate, at, found = 10 ** rng.uniform(-2, 0.7), 0.0, []
    while at < days * DAY:
        at += rng.expovariate(rate)
        found += [int(at)] * (rng.choice([1, 1, 1, 6]) if rng.random() < 0.02 else 1)
        if rng.random() < 0.001:
            at += rng.uniform(0, 3 * DAY)
        if rng.random() < 0.002:
            found += [int(at)] * 40
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_same_verdicts_and_the_same_state_as_the_reference(seed: int) -> None:
    mine, theirs = Detector(0), reference.Detector(0)
    for minute in minutes(seed, 10):
        heard = observed(mine, minute, SEASON)
        mine = heard.detector
        assert (heard.d, heard.e) == reference.observe(theirs, minute, lambda at: SEASON[at % DAY // 60])
    assert (mine.minute, mine.a, mine.b, mine.count) == (theirs.minute, theirs.a, theirs.b, theirs.count)
    for window, span in zip(mine.windows, SPANS, strict=True):
        other = theirs.windows[span]
        assert (window.num, window.den, window.n, window.m) == (other.num, other.den, other.n, other.m)


def test_the_reference_has_the_same_constants() -> None:
    assert dict(zip(SPANS, ALPHAS, strict=True)) == reference.ALPHA


def test_a_gap_in_closed_form_is_the_gap_minute_by_minute() -> None:
    """Rates and windows agree within the change of the rate inside one hour; D-minutes are compared above."""
    start = Detector(0)
    for minute in range(0, 3000, 3):
        start = observed(start, minute, SEASON).detector
    at_once, stepwise = passed(start, 3000 + 600, SEASON), start
    for minute in range(3000, 3601):
        stepwise = passed(stepwise, minute, SEASON)
    assert at_once.a == pytest.approx(stepwise.a, rel=1e-9)
    assert at_once.b == pytest.approx(stepwise.b, rel=1e-9)
    for one, other in zip(at_once.windows, stepwise.windows, strict=True):
        assert one.den == pytest.approx(other.den, rel=0.02)
        assert one.num == pytest.approx(other.num, rel=0.05)


def test_learning_without_verdict_is_the_same_but_for_the_flags() -> None:
    mine, other = Detector(0), Detector(0)
    for minute in minutes(1, 2):
        mine, other = observed(mine, minute, FLAT).detector, learned(other, minute, FLAT)
    assert (mine.a, mine.b) == (other.a, other.b)
    assert [(one.num, one.den, one.n, one.m) for one in mine.windows] == [
        (one.num, one.den, one.n, one.m) for one in other.windows
    ]


def test_windows_that_flag_in_one_minute_count_once() -> None:
    det = Detector(0)
    for minute in range(0, 2 * DAY, 10):
        det = observed(det, minute, FLAT).detector
    verdicts = []
    for _ in range(60):
        heard = observed(det, 2 * DAY, FLAT)
        det = heard.detector
        verdicts.append((heard.d, heard.e))
    assert sum(d for d, _ in verdicts) >= 1
    assert not any(e for _, e in verdicts)
    heard = observed(det, 2 * DAY + 6, FLAT, 60)
    assert (heard.d, heard.e) == (True, True)


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        pytest.param(2.0, 1.0, 30, id="two a minute"),
        pytest.param(0.02, 1.0, 3000, id="a new issue: fifty minutes"),
        pytest.param(1e-9, 1000.0, 86_400, id="a day at most"),
    ],
)
def test_the_expected_gap(a: float, b: float, found: int) -> None:
    assert gap_s(Detector(0, a, b)) == found
