"""What the document store keeps: every event in full, every dead letter with its original."""

from typing import Final, Protocol, TypeAlias

import msgspec

from domain.documents import DAY_MS, Split, split
from domain.received import trusted_received_at
from domain.snapshot import Snapshot
from schemas.dead_letter import DeadLetter, from_headers
from schemas.error_event import ErrorEvent
from schemas.reasons import Reason
from schemas.record import Instant
from schemas.settings.project import ProjectSettings
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from schemas.wire import read
from storage_sink.documents import Document, dead_document, event_document

SPOOLED: Final = "spooled"
DEAD_LETTERS: Final = "dead-letters"
RETENTION_DAYS: Final = ProjectSettings(slug="", name="").retention_days


class Arrived(Protocol):
    """A record as it was read; `at` is the broker's append time."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes: ...
    @property
    def at(self) -> Instant: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


class Full(msgspec.Struct, frozen=True):
    """One event: its document and the stacks it shares."""

    split: Split
    document: Document
    expires_at: Instant


class Dead(msgspec.Struct, frozen=True):
    dead_id: str
    document: Document


Original: TypeAlias = Full | Dead


def decide(message: Arrived, settings: Snapshot) -> Verdict[Original | None]:
    """None: a record that is another reader's, or of a newer version."""
    if message.topic == DEAD_LETTERS:
        return buried(message)
    match read(message.value):
        case Rejected() as rejected:
            return rejected
        case ErrorEvent() as event:
            return Kept(full(event, message, settings))
        case _:
            return Kept(None)


def full(event: ErrorEvent, message: Arrived, settings: Snapshot) -> Full:
    spooled = any(name == SPOOLED for name, _ in message.headers)
    at = trusted_received_at(event.received_at, message.at, spooled)
    if at != event.received_at:
        event = msgspec.structs.replace(event, received_at=at)
    project = settings.get(f"project:{event.project_id}", ProjectSettings)
    expires_at = at + (project.retention_days if project else RETENTION_DAYS) * DAY_MS
    parts = split(event)
    return Full(parts, event_document(parts.document, message.partition, message.offset, expires_at), expires_at)


def buried(message: Arrived) -> Verdict[Original | None]:
    """A letter whose own headers cannot be read is dropped: to bury it again would never end."""
    try:
        letter = from_headers(message.headers)
    except (KeyError, ValueError, msgspec.ValidationError):
        return Dropped(Reason.SCHEMA)
    ours = DeadLetter.__struct_fields__
    theirs = tuple((name, value) for name, value in message.headers if name not in ours)
    return Kept(Dead(letter.dead_id, dead_document(letter, message.value, theirs)))
