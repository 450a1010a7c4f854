"""Bytes of a client to JSON: one strict pass, and a lenient one for what old clients send."""

import json
from collections.abc import Iterator
from typing import Final

import msgspec

from ingest_gateway.normalise.text import DEEP, DIGITS, Json, Object
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

BOM: Final = b"\xef\xbb\xbf"
MAX_DEPTH: Final = 64
FLATTEN_BYTES: Final = 262_144  # flattening is a pass in Python: 15 ms for this much
DEEP_JSON: Final = b'"' + DEEP.encode() + b'"'
QUOTE: Final = ord('"')
BACKSLASH: Final = ord("\\")
OPEN: Final = b"[{"
BRACKETS: Final = b"[]{}"
FAULTS: Final = (msgspec.DecodeError, ValueError)  # UnicodeDecodeError is a ValueError
_DECODER: Final = msgspec.json.Decoder()


def decode(raw: bytes) -> Kept[Object] | Rejected:
    """The JSON object in `raw`. Duplicate keys: the last one wins."""
    text = raw.removeprefix(BOM)
    try:
        value = loads(text)
    except RecursionError:
        return _deep(text)
    except FAULTS:
        return Rejected(Reason.NOT_JSON)
    return _object(value)


def loads(raw: bytes) -> Json:
    """Strict, else lenient: NaN, lone surrogates, control characters, giant numbers, wrong UTF-8."""
    try:
        value: Json = _DECODER.decode(raw)
    except FAULTS:
        text = raw.decode("utf-8", "replace")
        value = json.loads(text, strict=False, parse_constant=str, parse_int=_bounded)
    return value


def _bounded(digits: str) -> int | str:
    return int(digits) if len(digits) <= 20 else digits[:DIGITS]


def _object(value: Json) -> Kept[Object] | Rejected:
    return Kept(value) if isinstance(value, dict) else Rejected(Reason.NOT_OBJECT)


def _deep(raw: bytes) -> Kept[Object] | Rejected:
    if len(raw) > FLATTEN_BYTES:
        return Rejected(Reason.TOO_DEEP)
    try:
        return _object(loads(flatten(raw)))
    except RecursionError:
        return Rejected(Reason.TOO_DEEP)
    except FAULTS:
        return Rejected(Reason.NOT_JSON)


def flatten(raw: bytes) -> bytes:
    """The same JSON with `"[deep]"` for every object or list below depth 64. One pass over the bytes."""
    pieces: list[bytes] = []
    depth = kept_to = 0
    for at, byte in brackets(raw):
        if byte in OPEN:
            depth += 1
            if depth == MAX_DEPTH + 1:
                pieces += [raw[kept_to:at], DEEP_JSON]
        else:
            kept_to = at + 1 if depth == MAX_DEPTH + 1 else kept_to
            depth -= 1
    pieces.append(raw[kept_to:] if depth <= MAX_DEPTH else b"")
    return b"".join(pieces)


def brackets(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where brackets and braces stand outside of strings."""
    quoted = skip = False
    for at, byte in enumerate(raw):
        if skip:
            skip = False
        elif quoted:
            skip = byte == BACKSLASH
            quoted = byte != QUOTE
        elif byte == QUOTE:
            quoted = True
        elif byte in BRACKETS:
            yield at, byte
