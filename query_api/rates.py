"""Token buckets: how many requests of which cost a caller may make."""

from enum import StrEnum
from typing import Final

import msgspec


class Cost(StrEnum):
    READ = "read"
    WRITE = "write"
    COSTLY = "costly"
    SIGN_IN = "sign_in"


class Rate(msgspec.Struct, frozen=True):
    per_s: float
    burst: int


class Bucket(msgspec.Struct, frozen=True):
    """`left` requests at the instant `at` (ms)."""

    left: float
    at: int


RATES: Final[dict[Cost, Rate]] = {
    Cost.READ: Rate(20, 100),
    Cost.WRITE: Rate(5, 30),
    Cost.COSTLY: Rate(2, 10),
    Cost.SIGN_IN: Rate(5 / 60, 5),
}


def take(before: Bucket | None, rate: Rate, at: int) -> tuple[Bucket, float]:
    """The bucket after one request, and the seconds to wait: 0 when it may pass now.

    A clock that steps back refills nothing; a refused request takes nothing.
    """
    if before is None:
        return Bucket(rate.burst - 1.0, at), 0.0
    left = min(float(rate.burst), before.left + max(0, at - before.at) / 1000 * rate.per_s)
    if left < 1:
        return Bucket(left, max(at, before.at)), (1 - left) / rate.per_s
    return Bucket(left - 1, max(at, before.at)), 0.0
