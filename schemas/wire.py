"""Bytes of the topics to records and back. Tags that a reader does not handle are skipped."""

from typing import Final, TypeAlias

import msgspec

from schemas.alert_step import AlertStep
from schemas.commands import CommandResult, EpisodeCommand, GroupingCommand, IssueCommand
from schemas.delivery import DeliveryChanged
from schemas.error_event import ErrorEvent
from schemas.issue_changed import IssueChanged
from schemas.marks import Marker, Tick
from schemas.occurrence import Occurrence
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.record import Record
from schemas.setting import Setting
from schemas.verdict import Rejected

RECORDS: Final[tuple[type[Record], ...]] = (
    ErrorEvent,
    GroupingCommand,
    Occurrence,
    IssueCommand,
    IssueChanged,
    EpisodeCommand,
    CommandResult,
    AlertStep,
    DeliveryChanged,
    Setting,
    Outcome,
    Marker,
    Tick,
)


class Skipped(msgspec.Struct, frozen=True):
    """A record of a kind that this version does not know: a newer writer's. Passed over."""

    tag: str


class _Tag(msgspec.Struct):
    record: str = ""


AnyRecord: TypeAlias = (
    ErrorEvent
    | GroupingCommand
    | Occurrence
    | IssueCommand
    | IssueChanged
    | EpisodeCommand
    | CommandResult
    | AlertStep
    | DeliveryChanged
    | Setting
    | Outcome
    | Marker
    | Tick
)
_DECODER: Final[msgspec.json.Decoder[AnyRecord]] = msgspec.json.Decoder(AnyRecord)
_TAG: Final = msgspec.json.Decoder(_Tag)
_ENCODER: Final = msgspec.json.Encoder()
TAGS: Final = frozenset(str(record.__struct_config__.tag) for record in RECORDS)


def encode(record: Record) -> bytes:
    return _ENCODER.encode(record)


def read(raw: bytes) -> AnyRecord | Skipped | Rejected:
    """The record in `raw`. An unknown tag is skipped; what is no record at all is rejected."""
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError as error:
        return _unknown(raw) or Rejected(Reason.SCHEMA, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejected(Reason.NOT_JSON, str(error))


def _unknown(raw: bytes) -> Skipped | None:
    try:
        tag = _TAG.decode(raw).record
    except msgspec.ValidationError:
        return None
    return Skipped(tag) if tag and tag not in TAGS else None
