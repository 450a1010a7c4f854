"""Is this issue louder than itself? A discounted gamma-Poisson rate, learned dispersion, and a tail test on open
windows of 1, 5, 30 and 120 minutes, in constant memory (alerting.md 4). Minutes are the unit of time.
"""

import math
from typing import Final, TypeAlias

import msgspec

from stream_processors.recurrence.tails import nb_tail

Season: TypeAlias = tuple[float, ...]  # 24 factors by hour of the day (UTC), mean 1

DAY: Final = 1440
SPANS: Final = (1, 5, 30, 120)  # windows
ALPHAS: Final = (2e-7, 2e-6, 2e-5, 1e-4)  # tail probability of a hit, by window
DECAY: Final = 0.5 ** (1 / DAY)
DECAY_P: Final = 0.5 ** (1 / (7 * DAY))
LONG_AGO: Final = -(10**9)
LEAST: Final = 5  # occurrences of a hit
FAR: Final = 12.0  # no tail below 1e-4 lies nearer than this in squared residuals over variance
TWICE_WITHIN: Final = 30  # minutes between the two hits of verdict E
FLAT: Final[Season] = (1.0,) * 24
LONGEST_GAP_S: Final = 86_400


class Window(msgspec.Struct, frozen=True, array_like=True):
    """One span: decayed squared residuals and expectations, and its open window: count and expectation so far."""

    num: float = 0.0
    den: float = 0.0
    n: int = 0
    m: float = 0.0  # of its closed minutes
    flagged: bool = False


class Detector(msgspec.Struct, frozen=True, array_like=True):
    """`a / b` is the expected rate per minute; `count` belongs to the open `minute`."""

    minute: int
    a: float = 0.02
    b: float = 1.0
    count: int = 0
    windows: tuple[Window, Window, Window, Window] = (Window(), Window(), Window(), Window())
    hit_at: int = LONG_AGO
    hit_before: int = LONG_AGO  # the hit minute before `hit_at`


class Heard(msgspec.Struct, frozen=True):
    """The detector after an observation. D: a window flagged in this minute; E: the second such minute of 30."""

    detector: Detector
    d: bool = False
    e: bool = False


def observed(before: Detector, minute: int, season: Season, n: int = 1) -> Heard:
    """Fold `n` occurrences of `minute`; a late one counts in the open minute."""
    det = passed(before, minute, season)
    mu = det.a / det.b * season[det.minute % DAY // 60]
    windows = tuple(_grown(det, place, n, mu) for place in range(len(SPANS)))
    found = any(new.flagged and not old.flagged for new, old in zip(windows, det.windows, strict=True))
    hit = (det.minute, det.hit_at) if found and det.minute > det.hit_at else (det.hit_at, det.hit_before)
    after = Detector(det.minute, det.a, det.b, det.count + n, _four(windows), *hit)
    return Heard(after, found, found and det.minute - after.hit_before <= TWICE_WITHIN)


def learned(before: Detector, minute: int, season: Season, n: int = 1) -> Detector:
    """The same without a verdict, for an issue too young to have one."""
    det = passed(before, minute, season)
    windows = [Window(one.num, one.den, one.n + n, one.m, one.flagged) for one in det.windows]
    return Detector(det.minute, det.a, det.b, det.count + n, _four(windows), det.hit_at, det.hit_before)


def passed(det: Detector, minute: int, season: Season) -> Detector:
    """Time goes on to `minute`."""
    if minute <= det.minute:
        return det
    return _quiet(_minute_closed(det, season), minute, season)


def gap_s(detector: Detector) -> int:
    """Expected seconds between two occurrences, a day at most."""
    return min(round(60 * detector.b / max(detector.a, 1e-9)), LONGEST_GAP_S)


def _grown(det: Detector, place: int, n: int, mu: float) -> Window:
    """`n` more in the open window, against its whole expectation: what passed and what lies ahead."""
    window, span = det.windows[place], SPANS[place]
    count, expected = window.n + n, window.m + mu * (span - det.minute % span)
    flagged = window.flagged or _unlikely(det, place, count, expected)
    return Window(window.num, window.den, count, window.m, flagged)


def _unlikely(det: Detector, place: int, n: int, expected: float) -> bool:
    if n < LEAST or n <= expected:
        return False
    spread = variance(det, det.windows[place], expected)
    return (n - expected) ** 2 > FAR * spread and nb_tail(n, expected, spread) < ALPHAS[place]


def variance(det: Detector, window: Window, expected: float) -> float:
    return expected * max((window.num + 6) / (window.den + 3), 1) + expected**2 / max(det.a, 1e-9)


def _minute_closed(det: Detector, season: Season) -> Detector:
    factor = season[det.minute % DAY // 60]
    mu = det.a / det.b * factor
    windows = []
    for span, window in zip(SPANS, det.windows, strict=True):
        grown = Window(window.num, window.den, window.n, window.m + mu, window.flagged)
        windows.append(_window_closed(det, span, grown) if (det.minute + 1) % span == 0 else grown)
    a = DECAY * det.a + min(det.count, mu + 4 * math.sqrt(3 * mu) + 2)
    b = DECAY * det.b + factor
    return Detector(det.minute + 1, a, b, 0, _four(windows), det.hit_at, det.hit_before)


def _window_closed(det: Detector, span: int, window: Window) -> Window:
    """The cap on the residual needs its absolute floor (9), else a bursty quiet issue alarms for ever."""
    residual = min((window.n - window.m) ** 2, 36 * variance(det, window, window.m) + 9)
    decay = DECAY_P**span
    return Window(decay * window.num + residual, decay * window.den + window.m)


def _quiet(det: Detector, minute: int, season: Season) -> Detector:
    """Pass the minutes up to `minute` without occurrences, hour by hour in closed form."""
    while det.minute < minute:
        k = min(minute - det.minute, 60 - det.minute % 60)
        factor, decay = season[det.minute % DAY // 60], DECAY**k
        a, b = det.a * decay, det.b * decay + factor * (1 - decay) / (1 - DECAY)
        mu = factor * (det.a / det.b + a / b) / 2
        windows = [_window_passed(det, place, k, mu) for place in range(len(SPANS))]
        det = Detector(det.minute + k, a, b, 0, _four(windows), det.hit_at, det.hit_before)
    return det


def _window_passed(det: Detector, place: int, k: int, mu: float) -> Window:
    span, window = SPANS[place], det.windows[place]
    left = span - det.minute % span
    if k < left:
        return Window(window.num, window.den, window.n, window.m + k * mu, window.flagged)
    closed = _window_closed(det, span, Window(window.num, window.den, window.n, window.m + left * mu, window.flagged))
    whole, rest = divmod(k - left, span)
    if whole:
        closed = _empty_windows(det, span, closed, minutes=whole * span, mu=mu)
    return Window(closed.num, closed.den, 0, rest * mu)


def _empty_windows(det: Detector, span: int, window: Window, *, minutes: int, mu: float) -> Window:
    """That many minutes of whole windows in which nothing happened."""
    m, g = span * mu, DECAY_P**minutes
    terms = (1 - g) / (1 - DECAY_P**span)
    residual = min(m * m, 36 * variance(det, window, m) + 9)
    return Window(g * window.num + residual * terms, g * window.den + m * terms)


def _four(windows: list[Window] | tuple[Window, ...]) -> tuple[Window, Window, Window, Window]:
    one, five, thirty, two_hours = windows
    return one, five, thirty, two_hours
