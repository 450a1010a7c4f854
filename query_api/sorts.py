"""In which order lists come: each sort has one key column and one direction."""

from enum import StrEnum
from typing import Final

import msgspec


class IssueSort(StrEnum):
    """`-`: descending, the only direction people ask for."""

    LAST_SEEN = "-last_seen_at"
    FIRST_SEEN = "-first_seen_at"
    TIMES_SEEN = "-times_seen"
    USERS_SEEN = "-users_seen"
    SEVERITY = "-severity"


class Key(msgspec.Struct, frozen=True):
    """The column that orders, and its largest value: where the first page begins."""

    column: str
    start: int


END_OF_TIME: Final = 2**62
KEYS: Final = {
    IssueSort.LAST_SEEN: Key("last_seen_at", END_OF_TIME),
    IssueSort.FIRST_SEEN: Key("first_seen_at", END_OF_TIME),
    IssueSort.TIMES_SEEN: Key("times_seen", END_OF_TIME),
    IssueSort.USERS_SEEN: Key("users", 2**31 - 1),
    IssueSort.SEVERITY: Key("severity", 32_767),
}
