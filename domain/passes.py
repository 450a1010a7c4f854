"""Signed passes in links: who may do what until when, without a row of their own.

`<payload>.<signature>`, both base64url; the key is `derive(master, "passes")`. A pass for a new password names
the instant of the old one's change, so it works once. An action pass is a link `<public_url>/a/<pass>` in a message.
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
PURPOSE: Final = "passes"
ACTION_MS: Final = 86_400_000  # how long the button of a message works


def signed(given: msgspec.Struct, key: bytes) -> str:
    payload = msgspec.json.encode(given)
    return f"{text(payload)}.{text(mark(payload, key, type(given).__name__))}"


def opened(given: str, key: bytes, type_: type[P], at: int) -> P | None:
    """None for what is forged, mangled or past its time."""
    payload_text, _, mark_text = given.partition(".")
    try:
        payload, found = raw(payload_text), raw(mark_text)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(found, mark(payload, key, type_.__name__)):
        return None
    passed = msgspec.json.decode(payload, type=type_)
    return passed if passed.until > at else None


def mark(payload: bytes, key: bytes, kind: str) -> bytes:
    """`kind` is signed too: a pass for one thing opens no other."""
    return hmac.digest(key, kind.encode() + b"\x1f" + payload, "sha256")[:SIGNATURE_BYTES]


def text(found: bytes) -> str:
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def raw(found: str) -> bytes:
    return base64.b64decode(found + "=" * (-len(found) % 4), altchars=b"-_", validate=True)
