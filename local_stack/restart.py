"""When a program that died is started again. Pure."""

from collections.abc import Sequence
from typing import Final

PAUSES_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
FORGIVEN_AFTER_S: Final = 120


def recent(deaths: Sequence[float], at: float) -> tuple[float, ...]:
    """Deaths that still count: a program that lived for two minutes starts afresh."""
    return tuple(death for death in deaths if at - death < FORGIVEN_AFTER_S)


def pause_s(deaths: Sequence[float], at: float) -> float:
    """Seconds to wait after the last of `deaths`, which happened at `at` (monotonic seconds)."""
    count = max(1, len(recent(deaths, at)))
    return PAUSES_S[min(count, len(PAUSES_S)) - 1]
