"""API tokens: `gregor_` + 30 base62 characters + 6 of their CRC32, so that scanners recognise a leak."""

import hashlib
import string
import zlib
from typing import Final

PREFIX: Final = "gregor_"
ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
BODY_LENGTH: Final = 30


def token(body: str) -> str:
    """`body`: 30 characters of ALPHABET, drawn by the caller."""
    return PREFIX + body + checksum(body)


def checksum(body: str) -> str:
    """CRC32 as six base62 digits, most significant first."""
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def well_formed(text: str) -> bool:
    """Whether it may be a token at all: a mistyped one costs no query."""
    body, given = text[len(PREFIX) : -6], text[-6:]
    return text.startswith(PREFIX) and len(body) == BODY_LENGTH and text.isascii() and checksum(body) == given


def digest(secret: str) -> bytes:
    """What is stored of a token or a login: a dump of the table opens nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
