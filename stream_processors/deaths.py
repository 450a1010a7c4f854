"""Which record a process died at, how often, and when that is enough."""

from typing import Final, TypeAlias

import msgspec

DEATHS: Final = 3
CONDEMNED_KEPT: Final = 100

Place: TypeAlias = tuple[str, int, int, int]  # topic, partition, epoch, offset


class Deaths(msgspec.Struct, frozen=True):
    """`times` died at `place` in a row; `condemned` are dead-lettered without being decided."""

    place: Place | None = None
    times: int = 0
    condemned: tuple[Place, ...] = ()


def died(before: Deaths, place: Place | None) -> Deaths:
    """A process ended while it decided the record at `place`; None: while it decided none."""
    if place is None:
        return before
    times = before.times + 1 if place == before.place else 1
    if times < DEATHS:
        return Deaths(place, times, before.condemned)
    return Deaths(condemned=(*before.condemned, place)[-CONDEMNED_KEPT:])


def survived(before: Deaths) -> Deaths:
    """The batch with the record came through: what killed the process was not the record."""
    return Deaths(condemned=before.condemned)
