"""What happens when: a quiet day, then the matching engine's database runs out of connections. Pure."""

import random
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

OUTAGE: Final = (0.45, 0.75)  # share of the time
BURST: Final = 6  # during it, outage errors are so many times as likely


class Weight(msgspec.Struct, frozen=True):
    """How likely one bug of a service is."""

    number: int
    weight: int
    outage: bool


class Step(msgspec.Struct, frozen=True):
    at_s: float
    framework: str
    number: int  # which of its bugs


def story(bugs: Mapping[str, Sequence[Weight]], events: int, seconds: float, dice: random.Random) -> list[Step]:
    """`events` steps in order; each bug happens at least once while there are enough of them."""
    all_bugs = [(framework, bug) for framework, several in bugs.items() for bug in several]
    moments = sorted(dice.random() for _ in range(events))
    certain = dict(zip(dice.sample(range(events), min(events, len(all_bugs))), all_bugs, strict=False))
    return [
        _step(moment * seconds, certain.get(number) or _chosen(all_bugs, moment, dice))
        for number, moment in enumerate(moments)
    ]


def _chosen(bugs: Sequence[tuple[str, Weight]], moment: float, dice: random.Random) -> tuple[str, Weight]:
    return dice.choices(bugs, [likelihood(bug, moment) for _, bug in bugs])[0]


def likelihood(bug: Weight, moment: float) -> float:
    """Outage errors are rare but for the outage."""
    if not bug.outage:
        return bug.weight
    return bug.weight * BURST if OUTAGE[0] <= moment < OUTAGE[1] else bug.weight / BURST


def _step(at_s: float, chosen: tuple[str, Weight]) -> Step:
    framework, bug = chosen
    return Step(at_s, framework, bug.number)
