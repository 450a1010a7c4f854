"""What a decision may answer: kept, dropped by a rule, or rejected with a reason."""

from typing import Generic, TypeAlias, TypeVar

import msgspec

from schemas.reasons import Reason

T = TypeVar("T")


class Kept(msgspec.Struct, Generic[T], frozen=True):
    value: T


class Dropped(msgspec.Struct, frozen=True):
    """Discarded on purpose. Counted, never dead-lettered."""

    reason: Reason


class Rejected(msgspec.Struct, frozen=True):
    """Unusable. Dead-lettered. `detail` is for people: never a metric label, never logged."""

    reason: Reason
    detail: str = ""


Verdict: TypeAlias = Kept[T] | Dropped | Rejected


def decode(raw: bytes, record: type[T]) -> Kept[T] | Rejected:
    """Read one JSON record of a known type (or union of tagged types)."""
    try:
        return Kept(msgspec.json.decode(raw, type=record))
    except msgspec.ValidationError as error:
        return Rejected(Reason.SCHEMA, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejected(Reason.NOT_JSON, str(error))
