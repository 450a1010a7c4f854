"""Sealing: AES-256-GCM bound to a place, and keys derived from the one master key."""

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MARK: Final = "sealed.v1."
NONCE_BYTES: Final = 12


class SecretError(Exception):
    """A sealed text that this key, at this place, does not open; or a malformed master key."""


def master(text: str) -> bytes:
    """The 32 bytes behind `GREGOR_SECRET_MASTER_KEY` (base64)."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SecretError("GREGOR_SECRET_MASTER_KEY is not base64") from error
    if len(key) != 32:
        raise SecretError(f"GREGOR_SECRET_MASTER_KEY holds {len(key)} bytes, 32 are needed")
    return key


def derive(master_key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(master_key)


def seal(master_key: bytes, place: str, text: str) -> str:
    """Encrypt `text`; it opens only at the same `place` (a setting id, or table:row:column)."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(derive(master_key, "seal")).encrypt(nonce, text.encode(), place.encode())
    return MARK + base64.b64encode(nonce + sealed).decode()


def unseal(master_key: bytes, place: str, sealed: str) -> str:
    """The inverse of `seal`; SecretError when key, place or bytes differ."""
    if not sealed.startswith(MARK):
        raise SecretError(f"the secret of {place} is not sealed")
    try:
        raw = base64.b64decode(sealed.removeprefix(MARK), validate=True)
        opened = AESGCM(derive(master_key, "seal")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise SecretError(f"the secret of {place} does not open with this key") from error
    return opened.decode()
