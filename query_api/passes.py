"""Signed passes in links: who may do what until when, without a row of their own.

`<payload>.<signature>`, both base64url. A pass for a new password names the instant of the old one's
change, so it works once.
"""

import base64
import binascii
import hmac
from typing import Final, TypeVar

import msgspec

SIGNATURE_BYTES: Final = 18


class PasswordPass(msgspec.Struct, frozen=True, array_like=True):
    person: str
    changed_at: int
    until: int


class ActionPass(msgspec.Struct, frozen=True, array_like=True):
    """One person, one episode: what the button of a message may do."""

    person: str
    episode_id: str
    until: int


P = TypeVar("P", PasswordPass, ActionPass)


def signed(given: msgspec.Struct, key: bytes) -> str:
    payload = msgspec.json.encode(given)
    return f"{text(payload)}.{text(mark(payload, key))}"


def opened(given: str, key: bytes, type_: type[P], at: int) -> P | None:
    """None for what is forged, mangled or past its time."""
    payload_text, _, mark_text = given.partition(".")
    try:
        payload, found = raw(payload_text), raw(mark_text)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(found, mark(payload, key)):
        return None
    passed = msgspec.json.decode(payload, type=type_)
    return passed if passed.until > at else None


def mark(payload: bytes, key: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")[:SIGNATURE_BYTES]


def text(found: bytes) -> str:
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def raw(found: str) -> bytes:
    return base64.b64decode(found + "=" * (-len(found) % 4), altchars=b"-_", validate=True)
