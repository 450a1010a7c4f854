"""Parts of an event that come as their protocol says: typed and measured by msgspec, without a look at each text.

Only for `plain` events (ASCII, no escapes), where a character is a byte and nothing needs cleaning. What does
not fit here, by type or by cap, takes the lenient way; both ways give the same record.
"""

from typing import Annotated, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from ingest_gateway.normalise.text import Json

T = TypeVar("T")
T64: TypeAlias = Annotated[str, Meta(max_length=64)]
T1024: TypeAlias = Annotated[str, Meta(max_length=1024)]


class WireCrumb(msgspec.Struct):
    timestamp: object = None
    category: T64 | None = None
    type: T64 | None = None
    level: object = None
    message: T1024 | None = None
    data: dict[str, object] | None = None


Modules: TypeAlias = Annotated[dict[Annotated[str, Meta(min_length=1, max_length=128)], T64], Meta(max_length=300)]


def fitting(value: Json, shape: type[T]) -> T | None:
    """`value` as `shape`, or None when it is anything else."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return None
