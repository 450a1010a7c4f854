"""The chance of a count: negative-binomial tail by the regularised incomplete beta function (alerting.md 4.1)."""

import math
from typing import Final

TINY: Final = 1e-300
TURNS: Final = 400
ENOUGH: Final = 1e-10


def nb_tail(n: int, mean: float, variance: float) -> float:
    """P(count >= n) for a negative binomial with this mean and variance."""
    if n <= 0:
        return 1.0
    spread = max(variance / max(mean, 1e-12), 1 + 1e-6)
    return betainc(float(n), mean / (spread - 1), 1 - 1 / spread)


def betainc(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function by Lentz's continued fraction; 0 < x < 1."""
    if x > (a + 1) / (a + b + 2):
        return 1 - betainc(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return _fraction(a, b, x) * math.exp(log_front) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or TINY)
    h = d
    for m in range(1, TURNS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = 1 / ((1 + term * d) or TINY), (1 + term / c) or TINY
            h *= d * c
        if abs(d * c - 1) < ENOUGH:
            break
    return h
