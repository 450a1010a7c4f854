"""Dead letters: rows of the inbox, and what is published when one is driven again."""

from collections.abc import Iterable
from typing import Final

import msgspec

from domain.ids import digest
from schemas.dead_letter import DeadLetter, from_headers
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

OURS: Final = frozenset(DeadLetter.__struct_fields__)
REDRIVE_FOR: Final = "redrive_for"
REDRIVE_ID: Final = "redrive_id"
Headers = tuple[tuple[str, bytes], ...]


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where the letter lies, and where its original came from."""

    letter: DeadLetter
    partition: int
    offset: int


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The original for its consumer alone: all others pass the record over."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers
    partition: int | None


def row(headers: Headers, partition: int, offset: int) -> Kept[InboxRow] | Rejected:
    try:
        letter = from_headers(headers)
    except (KeyError, ValueError, msgspec.ValidationError) as error:
        return Rejected(Reason.SCHEMA, f"not a dead letter: {error}")
    return Kept(InboxRow(letter=letter, partition=partition, offset=offset))


def again(headers: Headers, value: bytes, redrive_id: str) -> Again:
    """`headers` and `value` of the dead letter as it lies in its topic."""
    letter = from_headers(headers)
    own = tuple(pair for pair in headers if pair[0] not in OURS and pair[0] not in {REDRIVE_FOR, REDRIVE_ID})
    marks = ((REDRIVE_FOR, letter.consumer.encode()), (REDRIVE_ID, redrive_id.encode()))
    return Again(
        topic=letter.topic,
        key=letter.key.encode(),
        value=value,
        headers=own + marks,
        partition=None if letter.key else letter.source[1],
    )


def redrive_id(dead_id: str, key: str) -> str:
    """26 digits: the same request drives a letter once."""
    return digest("redrive", dead_id, key)[:26]


def printable(value: bytes, most: int = 65_536) -> str:
    return value[:most].decode("utf-8", "replace")


def pairs(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    return tuple((name, value or b"") for name, value in headers)
