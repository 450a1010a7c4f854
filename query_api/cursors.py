"""Keyset cursors: the last key of a page, signed, bound to the query that made it."""

import base64
import binascii
import hashlib
import hmac

import msgspec

from query_api.problems import Code, Problem

SIGNATURE_BYTES = 12


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """`query` digests everything that must stay the same from page to page; `key` is the last row's."""

    query: str
    key: tuple[int | float | str, ...]
    back: bool = False


def query_digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def write(cursor: Cursor, secret: bytes) -> str:
    payload = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(signature(payload, secret) + payload).decode().rstrip("=")


def read(text: str, query: str, secret: bytes) -> Cursor | None:
    """The cursor in `text`, None when there is none; a Problem when it is not ours or of another query."""
    if not text:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(Code.BAD_CURSOR) from error
    given, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(given, signature(payload, secret)):
        raise Problem(Code.BAD_CURSOR)
    cursor = msgspec.json.decode(payload, type=Cursor)
    if cursor.query != query:
        raise Problem(Code.CURSOR_MISMATCH)
    return cursor


def signature(payload: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, payload, "sha256")[:SIGNATURE_BYTES]
