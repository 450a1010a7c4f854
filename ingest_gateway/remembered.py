"""The last settings on disk, so that a gateway that starts while Kafka is away still knows whom to admit."""

from typing import Final

import msgspec
from msgspec import Raw

from domain.snapshot import Snapshot
from schemas.record import Part
from schemas.settings.registry import KINDS

WANTED: Final = ("project", "key", "scrub", "fingerprint_rules", "hook")


class Remembered(msgspec.Struct, frozen=True):
    """`settings`: setting id -> its value as JSON. What is sealed stays sealed."""

    offset: int
    settings: dict[str, Raw]


def written(snapshot: Snapshot) -> bytes:
    """Only what the door needs."""
    values = {f"{kind}:{key}": value for kind in WANTED for key, value in snapshot.kinds.get(kind, {}).items()}
    raw = {setting_id: Raw(msgspec.json.encode(value)) for setting_id, value in values.items()}
    return msgspec.json.encode(Remembered(snapshot.offset, raw))


def read(raw: bytes) -> Snapshot | None:
    """None when it is not readable; a single value that is not is left out."""
    try:
        found = msgspec.json.decode(raw, type=Remembered)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    values = {setting_id: _value(setting_id, value) for setting_id, value in found.settings.items()}
    return Snapshot.of({name: value for name, value in values.items() if value is not None}, found.offset)


def _value(setting_id: str, raw: Raw) -> Part | None:
    kind = KINDS.get(setting_id.partition(":")[0])
    if kind is None:
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
