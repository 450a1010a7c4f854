"""Whose fault a database's refusal is: that decides between a dead letter, another try, and waiting."""

from enum import StrEnum
from typing import Final


class Blame(StrEnum):
    ROW = "row"  # no database will ever take it
    MOMENT = "moment"  # the same transaction may pass now
    STORE = "store"  # wait


ROW_CLASSES: Final = frozenset({"21", "22", "23", "54"})  # cardinality, data, integrity, program limits
MOMENTS: Final = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available


def blame(sqlstate: str | None) -> Blame:
    """By SQLSTATE; none: the connection broke."""
    if sqlstate is None:
        return Blame.STORE
    if sqlstate in MOMENTS:
        return Blame.MOMENT
    return Blame.ROW if sqlstate[:2] in ROW_CLASSES else Blame.STORE
