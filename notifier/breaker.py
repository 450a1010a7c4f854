"""Whether a provider is ill: a fold over its last answers. While open, what is not critical waits."""

from typing import Final

import msgspec

from notifier.verdicts import Fault, TryAgain, Unclear, Verdict
from schemas.record import Instant

LAST: Final = 20
WITHIN_MS: Final = 60_000
LEAST: Final = 5  # failures
SHARE: Final = 0.5
PROBE_MS: Final = 15_000
LONGEST_MS: Final = 300_000


class Circuit(msgspec.Struct, frozen=True):
    """`results`: (instant, answered), newest last. `open_until` 0: closed; past: one probe may go."""

    results: tuple[tuple[Instant, bool], ...] = ()
    open_until: Instant = 0
    wait_ms: int = 0


def observe(before: Circuit, at: Instant, answered: bool) -> Circuit:
    """Opens at 5 failures that are half of the last 20 within a minute; a failed probe doubles the wait."""
    results = (*(one for one in before.results if at - one[0] < WITHIN_MS), (at, answered))[-LAST:]
    if before.open_until:
        return Circuit() if answered else _opened(results, at, min(LONGEST_MS, before.wait_ms * 2))
    failures = sum(not answered for _, answered in results)
    if failures >= LEAST and failures >= SHARE * len(results):
        return _opened(results, at, PROBE_MS)
    return Circuit(results)


def closed(circuit: Circuit, at: Instant) -> bool:
    """Whether anything may go; also when a probe is due."""
    return circuit.open_until <= at


def probes(circuit: Circuit, at: Instant) -> bool:
    """Open, but one message may try."""
    return 0 < circuit.open_until <= at


def ill(verdict: Verdict) -> bool:
    """A refusal is an answer, and so is `not so fast`."""
    return isinstance(verdict, Unclear) or (isinstance(verdict, TryAgain) and verdict.fault is not Fault.THROTTLED)


def _opened(results: tuple[tuple[Instant, bool], ...], at: Instant, wait_ms: int) -> Circuit:
    return Circuit(results, at + wait_ms, wait_ms)
