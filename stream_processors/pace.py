"""How many records to take at once: a batch that takes long to decide holds up the other stages, and may grow old."""

from typing import Final

LEAST: Final = 16
FIRST: Final = 64
MOST: Final = 500
QUICK_S: Final = 0.1
SLOW_S: Final = 0.2


def next_most(most: int, taken: int, took_s: float) -> int:
    """After a batch of `taken` records was decided in `took_s`. Only a full one proves that more would do."""
    if took_s > SLOW_S:
        return max(LEAST, most // 2)
    if took_s < QUICK_S and taken >= most:
        return min(MOST, most * 2)
    return most
