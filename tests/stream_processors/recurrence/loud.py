"""An issue with a quiet past that becomes far louder than itself."""

from collections.abc import Callable
from typing import Any

from schemas.issue_changed import IssueChanged
from tests.stream_processors.recurrence.issues import DAY, MINUTE, Issues

LOUD = 2 * DAY
EVERY = 10 * MINUTE


def nothing() -> object:
    return None


def a_crowd(number: int) -> str:
    return f"{number % 64:016x}"


def louder(
    issues: Issues, before: Callable[[], object] = nothing, crowd: Callable[[int], str] = a_crowd, **fields: Any
) -> list[IssueChanged]:
    """One each ten minutes for two days, then 40 a minute for ten minutes. The changes of these ten."""
    for number in range(LOUD // EVERY):
        issues.happen(number * EVERY, user=crowd(number), **fields)
    before()
    told = []
    for minute in range(10):
        for number in range(40):
            told += issues.happen(LOUD + minute * MINUTE + number * 1000, user=crowd(number), **fields)
    return told
