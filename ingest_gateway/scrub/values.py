"""Secrets by their shape, in running text and in source lines. Whole rules, each with its proof."""

from base64 import b64decode
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec
import re2

from domain import scrub_patterns as patterns
from ingest_gateway.scrub.numbers import cards_in, iban_length, is_ssn

Found: TypeAlias = re2._Match
Replace: TypeAlias = Callable[[Found], bytes | None]
MASK: Final = patterns.FILTERED.encode()
MASKED: Final = (MASK, b"[token]", b"[card]", b"[iban]", b"[ssn]", b"[email]", b"[ip]")
HARMLESS: Final = frozenset((b"none", b"null", b"nil", b"true", b"false", b"undefined", b"yes", b"no", b""))
QUOTES: Final = (b'"', b"'", b"`")


def compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.max_mem = 32 << 20
    options.log_errors = False
    return re2.compile(pattern, options)


class Rule(msgspec.Struct, frozen=True):
    """`replace` gives the new bytes of a match, or None: no secret after all, the search goes on `after` this group.

    `repeat`: a match may hold the beginning of the next one, so the rule is tried until nothing changes.
    """

    name: str
    pattern: re2._Regexp
    replace: Replace
    after: int = 0
    repeat: bool = False


def pem(found: Found) -> bytes | None:
    body = found.group(2)
    if not body or body.strip() == MASK:
        return None
    return bytes(found.group(1) + MASK + found.group(3))


def pem_tail(found: Found) -> bytes | None:
    return bytes(MASK + found.group(2))


def url_auth(found: Found) -> bytes | None:
    return bytes(found.group(1)) + MASK + b"@"


def token(found: Found) -> bytes | None:
    return b"[token]"


def bearer(found: Found) -> bytes | None:
    word = found.group(3).decode("ascii", "replace").partition("=")[0].rstrip(".").lower()
    return None if word in patterns.HARMLESS_AFTER_BEARER else b"[token]"


def basic(found: Found) -> bytes | None:
    """Only what decodes to `user:secret`: `Basic authentication` is English."""
    code = found.group(3).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    whole = code[: len(code) - len(code) % 4] if len(code) % 4 == 1 else code + b"=" * (-len(code) % 4)
    return b"[token]" if b":" in b64decode(whole) else None


def header_line(found: Found) -> bytes | None:
    value = found.group(3).strip()
    return None if not value or value in MASKED else bytes(found.group(1) + found.group(2) + MASK)


def card(found: Found) -> bytes | None:
    text: bytes = found.group()
    for start, end in reversed(cards_in(text)):
        if not (start == 0 and _begins_inside(found)) and not (end == len(text) and _ends_inside(found)):
            text = text[:start] + b"[card]" + text[end:]
    return text


def _begins_inside(found: Found) -> bool:
    """Part of a longer word, or the fraction of a number."""
    before = found.string[max(0, found.start() - 2) : found.start()]
    if before[-1:].isalpha():
        return before not in (b"\\n", b"\\r", b"\\t")
    return bool(before[-1:] == b"." and before[:1].isdigit())


def _ends_inside(found: Found) -> bool:
    return bool(found.string[found.end() : found.end() + 1].isalpha())


def iban(found: Found) -> bytes | None:
    text = found.group()
    length = iban_length(text)
    return None if length is None else bytes(b"[iban]" + text[length:])


def ssn(found: Found) -> bytes | None:
    return b"[ssn]" if is_ssn(found.group(1), found.group(2), found.group(3)) else None


def user_path(found: Found) -> bytes | None:
    return None if found.group(3) == b"[user]" else bytes(found.group(1) + found.group(2) + b"[user]")


def masked_value(value: bytes) -> bytes | None:
    """A quoted value keeps its quotes; nothing, null, booleans and what is masked stay as they are."""
    start = 0
    while start < 2 and value[start : start + 1].isalpha():  # b"..", rb'..'
        start += 1
    opening = value[start : start + 2] if value[start : start + 1] == b"\\" else value[start : start + 1]
    if opening[-1:] not in QUOTES:
        return None if _stays(value) else MASK
    inner = value[start + len(opening) :]
    closing = opening if inner.endswith(opening) else b""
    inner = inner.removesuffix(closing)
    return None if _stays(inner) else value[:start] + opening + MASK + closing


def _stays(value: bytes) -> bool:
    return value in MASKED or value.lower() in HARMLESS
