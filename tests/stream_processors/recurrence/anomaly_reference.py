"""The scalar reference of the anomaly detector, as published: mutable, plain, minute by minute where it may be."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

DAY = 1440  # minutes are the unit of time
ALPHA = {1: 2e-7, 5: 2e-6, 30: 2e-5, 120: 1e-4}  # window in minutes: tail probability of a hit
DECAY, DECAY_P = 0.5 ** (1 / DAY), 0.5 ** (1 / (7 * DAY))
LONG_AGO = -(10**9)
TINY = 1e-300

Season = Callable[[int], float]  # minute -> factor of its hour, mean 1


def nb_tail(n: int, mean: float, variance: float) -> float:
    """P(count >= n) for a negative binomial with this mean and variance."""
    p = max(variance / max(mean, 1e-12), 1 + 1e-6)
    return 1.0 if n <= 0 else betainc(float(n), mean / (p - 1), 1 - 1 / p)


def betainc(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function by Lentz's continued fraction; 0 < x < 1."""
    if x > (a + 1) / (a + b + 2):
        return 1 - betainc(b, a, 1 - x)
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or TINY)
    h = d
    for m in range(1, 400):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = 1 / ((1 + term * d) or TINY), (1 + term / c) or TINY
            h *= d * c
        if abs(d * c - 1) < 1e-10:
            break
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return h * math.exp(log_front) / a


@dataclass
class Window:
    num: float = 0.0  # decayed squared residuals
    den: float = 0.0  # decayed expectations
    n: int = 0  # count of the open window
    m: float = 0.0  # expectation of its closed minutes
    flagged: bool = False


@dataclass
class Detector:
    minute: int
    a: float = 0.02
    b: float = 1.0
    count: int = 0  # of the open minute
    windows: dict[int, Window] = field(default_factory=lambda: {s: Window() for s in ALPHA})
    hit_at: int = LONG_AGO
    hit_before: int = LONG_AGO  # the hit minute before hit_at


def observe(det: Detector, minute: int, season: Season, n: int = 1) -> tuple[bool, bool]:
    """Fold n occurrences of `minute`; return verdicts D and E. A late one counts in the open minute."""
    if minute > det.minute:
        close_minute(det, season)
        quiet(det, minute - det.minute, season)
    det.count += n
    mu = det.a / det.b * season(det.minute)
    found = False
    for s, w in det.windows.items():
        w.n += n
        expected = w.m + mu * (s - det.minute % s)
        v = variance(det, w, expected)
        near = w.flagged or w.n < 5 or w.n <= expected or (w.n - expected) ** 2 <= 12 * v
        if not near and nb_tail(w.n, expected, v) < ALPHA[s]:
            w.flagged = found = True
    if found and det.minute > det.hit_at:
        det.hit_at, det.hit_before = det.minute, det.hit_at
    return found, found and det.minute - det.hit_before <= 30


def close_minute(det: Detector, season: Season) -> None:
    factor = season(det.minute)
    mu = det.a / det.b * factor
    for s, w in det.windows.items():
        w.m += mu
        if (det.minute + 1) % s == 0:
            close_window(det, s, w)
    det.a = DECAY * det.a + min(det.count, mu + 4 * math.sqrt(3 * mu) + 2)
    det.b = DECAY * det.b + factor
    det.minute, det.count = det.minute + 1, 0


def close_window(det: Detector, s: int, w: Window) -> None:
    residual = min((w.n - w.m) ** 2, 36 * variance(det, w, w.m) + 9)
    w.num, w.den = DECAY_P**s * w.num + residual, DECAY_P**s * w.den + w.m
    w.n, w.m, w.flagged = 0, 0.0, False


def variance(det: Detector, w: Window, expected: float) -> float:
    return expected * max((w.num + 6) / (w.den + 3), 1) + expected**2 / max(det.a, 1e-9)


def quiet(det: Detector, minutes: int, season: Season) -> None:
    """Pass `minutes` without occurrences, hour by hour."""
    while minutes > 0:
        k = min(minutes, 60 - det.minute % 60)
        factor, decay = season(det.minute), DECAY**k
        a, b = det.a * decay, det.b * decay + factor * (1 - decay) / (1 - DECAY)
        mu = factor * (det.a / det.b + a / b) / 2
        for s, w in det.windows.items():
            pass_windows(det, s, w, k, mu)
        det.a, det.b, det.minute, minutes = a, b, det.minute + k, minutes - k


def pass_windows(det: Detector, s: int, w: Window, k: int, mu: float) -> None:
    left = s - det.minute % s
    if k < left:
        w.m += k * mu
        return
    w.m += left * mu
    close_window(det, s, w)
    whole, rest = divmod(k - left, s)
    if whole:
        m, g = s * mu, DECAY_P ** (s * whole)
        terms = (1 - g) / (1 - DECAY_P**s)
        w.num = g * w.num + min(m * m, 36 * variance(det, w, m) + 9) * terms
        w.den = g * w.den + m * terms
    w.m = rest * mu
