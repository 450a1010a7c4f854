"""What a record asks for before it may be decided."""

from typing import Final

import msgspec

from stream_processors.stage import Input

REDRIVE: Final = "redrive_for"  # header: the record is meant for one consumer, all others pass it over


class _Stamp(msgspec.Struct):
    settings_offset: int = -1


_STAMP: Final = msgspec.json.Decoder(_Stamp)


def settings_offset(value: bytes) -> int:
    """The offset of `settings` that must be in view; -1: any view will do."""
    if b'"settings_offset"' not in value:
        return -1
    try:
        return _STAMP.decode(value).settings_offset
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return -1


def meant_for(arrived: Input, stage: str) -> bool:
    """False for a redriven record of another consumer: this stage had it already."""
    consumer = dict(arrived.headers).get(REDRIVE)
    return consumer is None or consumer == stage.encode()
