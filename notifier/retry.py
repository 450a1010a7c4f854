"""When to try again: a table by severity, arithmetic for the wait."""

from collections.abc import Mapping
from typing import Final

import msgspec

from schemas.kinds import Channel, Severity

HOUR_S: Final = 3_600.0


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`give_up_after_s` counts from the decision; None: never, while the episode is open."""

    first_wait_s: float
    max_wait_s: float
    give_up_after_s: float | None = None


POLICIES: Final[Mapping[Severity, RetryPolicy]] = {
    Severity.CRITICAL: RetryPolicy(first_wait_s=1, max_wait_s=60),
    Severity.HIGH: RetryPolicy(first_wait_s=2, max_wait_s=300),
    Severity.MEDIUM: RetryPolicy(first_wait_s=30, max_wait_s=1800, give_up_after_s=12 * HOUR_S),
    Severity.LOW: RetryPolicy(first_wait_s=30, max_wait_s=1800, give_up_after_s=12 * HOUR_S),
}
WEBHOOK_S: Final = (5.0, 300.0, 1800.0, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S, 20 * HOUR_S, 24 * HOUR_S)


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that did not go through: `failures` 1 or more, `age_s` since the decision."""

    channel: Channel
    severity: Severity
    failures: int
    age_s: float
    retry_after_s: float = 0.0


def wait_s(failing: Failing, roll: float) -> float | None:
    """Seconds until the next try; None: give up. Never below what the provider asked for.

    `roll` in [0, 1) is drawn by the caller; it shortens the wait by up to half, so that many
    deliveries to one recovering provider spread out.
    """
    urgent = POLICIES[failing.severity].give_up_after_s is None
    if failing.channel is Channel.WEBHOOK and not urgent:
        return _webhook_wait_s(failing, roll)
    policy = POLICIES[failing.severity]
    full = min(policy.max_wait_s, policy.first_wait_s * 2.0 ** min(failing.failures - 1, 30))
    wait = max(full * (1 - roll / 2), failing.retry_after_s)
    over = policy.give_up_after_s is not None and failing.age_s + wait > policy.give_up_after_s
    return None if over else wait


def _webhook_wait_s(failing: Failing, roll: float) -> float | None:
    """The schedule of Standard Webhooks."""
    if failing.failures > len(WEBHOOK_S):
        return None
    return max(WEBHOOK_S[failing.failures - 1] * (1 - roll / 10), failing.retry_after_s)
