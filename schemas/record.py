"""What every record has in common: frozen, by keyword, absent is empty, and a version in its tag."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Hex32: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
ProjectId: TypeAlias = Annotated[int, Meta(ge=1)]
Instant: TypeAlias = int  # milliseconds since 1970, UTC
Position: TypeAlias = tuple[int, int, int, int]  # epoch, partition, offset, index


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="record"):
    """Base of all that travels on topics; a subclass repeats `kw_only=True` and names its tag."""


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what stands inside a record."""
