"""Ticks that come too late to move a clock: the stage was down, or a backlog stands before them."""

from collections.abc import Collection, Iterable
from typing import Final

from stream_processors.stage import Input

LATE_MS: Final = 5_000


def passed_over(inputs: Iterable[Input], fleeting: Collection[str], now: int) -> frozenset[tuple[str, int, int]]:
    """(topic, partition, offset) of those records of `fleeting` topics that must not be decided (alerting.md 6.3).

    One older than 5 s speaks of a time that is over. One that overtakes records of its partition older than
    5 s might fire a timer while the acknowledgement that stops it waits behind.
    """
    given = list(inputs)
    behind = {one.partition for one in given if one.topic not in fleeting and now - one.at > LATE_MS}
    return frozenset(
        (one.topic, one.partition, one.offset)
        for one in given
        if one.topic in fleeting and (now - one.at > LATE_MS or one.partition in behind)
    )
