"""Records sent again from the dead letters carry the name of the consumer that they are for."""

from enum import StrEnum
from typing import Final

HEADER: Final = "redrive_for"


class Redriven(StrEnum):
    NO = "no"
    OURS = "ours"  # known by its id: its position may lie below the mark
    OTHERS = "others"  # folded here long ago


def redriven(headers: tuple[tuple[str, bytes], ...], stage: str) -> Redriven:
    """`stage` or its consumer group, `gregor-<stage>`."""
    for name, value in headers:
        if name == HEADER:
            return Redriven.OURS if value.decode() in (stage, f"gregor-{stage}") else Redriven.OTHERS
    return Redriven.NO
