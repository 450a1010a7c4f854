"""What the stage reads of the records on `error-events`: only the fields that grouping and history need."""

from typing import Final, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from schemas import wire
from schemas.commands import GroupingCommand
from schemas.error_event import CustomFingerprint, Pairs
from schemas.kinds import Level
from schemas.marks import Marker
from schemas.record import Hex32, Instant, ProjectId
from schemas.verdict import Rejected

NO_FRAMES: Final = Raw(b"[]")


class SlimException(msgspec.Struct, frozen=True):
    """One exception; its frames stay as they came until a new stack is seen."""

    type: str
    value: str = ""
    synthetic: bool = False
    mechanism: str = ""
    exception_id: int | None = None
    parent_id: int | None = None
    is_group: bool = False
    frames: Raw = NO_FRAMES


class SlimMessage(msgspec.Struct, frozen=True):
    formatted: str
    template: str = ""
    params: tuple[str, ...] = ()


class SlimRequest(msgspec.Struct, frozen=True):
    url: str = ""
    headers: Pairs = ()


class SlimEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="record", tag="error_event.v1"):
    """An ErrorEvent as grouping sees it."""

    event_id: Hex32
    project_id: ProjectId
    home_key: str
    received_at: Instant
    occurred_at: Instant
    service: str
    sdk: str = ""
    platform: str = "other"
    level: Level = Level.ERROR
    handled: bool | None = None
    exceptions: tuple[SlimException, ...] = ()
    message: SlimMessage | None = None
    environment: str = "production"
    release: str = ""
    server_name: str = ""
    transaction: str = ""
    trace_id: str = ""
    request: SlimRequest | None = None
    tags: dict[str, str] = {}
    contexts: Raw | UnsetType = UNSET
    root: int = -1
    root_type: str = ""
    custom: CustomFingerprint | None = None
    user_hash: str = ""
    tag_keys: tuple[str, ...] = ()


class Foreign(msgspec.Struct, frozen=True):
    """A record that is not for this stage."""


Incoming: TypeAlias = SlimEvent | GroupingCommand | Marker
_DECODER: Final[msgspec.json.Decoder[Incoming]] = msgspec.json.Decoder(Incoming)


def read(raw: bytes) -> Incoming | Foreign | Rejected:
    """The record in `raw`. What another version or stage understands is passed over."""
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = wire.read(raw)
        return found if isinstance(found, Rejected) else Foreign()
