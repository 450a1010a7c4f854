"""The old store door: one event, in every wrapping that clients of ten years have used."""

import binascii
import zlib
from base64 import b64decode
from typing import Final

from ingest_gateway.caps import EVENT_BYTES
from ingest_gateway.decode import BOM
from ingest_gateway.reports import Brought, Call, Report
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

URL_SAFE: Final = frozenset(b"-_")


def brought_to_store(body: bytes, call: Call) -> Brought:
    match unwrapped(body):
        case Kept(payload):
            return Brought(reports=(Report(door=Door.STORE, payload=payload),))
        case Rejected() as rejected:
            return Brought(broken=rejected)


def unwrapped(body: bytes) -> Kept[bytes] | Rejected:
    """JSON as it is; else base64 of JSON, or of zlib of JSON (raven-node, GET `sentry_data`)."""
    text = body.removeprefix(BOM).lstrip()
    if text[:1] in (b"{", b"["):
        return Kept(text)
    if not text:
        return Rejected(Reason.NOT_JSON)
    packed = _from_base64(text.strip())
    if packed is None:
        return _inflated(text, Reason.NOT_JSON)  # zlib without a Content-Encoding (old raven clients)
    return Kept(packed) if packed.lstrip()[:1] == b"{" else _inflated(packed, Reason.NOT_JSON)


def _from_base64(text: bytes) -> bytes | None:
    try:
        return b64decode(
            text + b"=" * (-len(text) % 4), altchars=b"-_" if URL_SAFE & set(text) else None, validate=True
        )
    except (binascii.Error, ValueError):
        return None


def _inflated(packed: bytes, otherwise: Reason) -> Kept[bytes] | Rejected:
    inner = zlib.decompressobj()
    try:
        found = inner.decompress(packed, EVENT_BYTES + 1)
    except zlib.error:
        return Rejected(otherwise)
    if len(found) > EVENT_BYTES:
        return Rejected(Reason.TOO_LARGE)
    return Kept(found) if inner.eof else Rejected(Reason.BAD_ENCODING)
