"""What each kind of token becomes. A mask answers (text to write, where to go on)."""

import ipaddress
import itertools
from collections.abc import Callable
from typing import Final, TypeAlias

import re2

from domain.message_tokens import WORDY_SUFFIXES, Token

Keep: TypeAlias = Callable[[str], bool]
Masked: TypeAlias = tuple[bytes, int]
Mask: TypeAlias = Callable[[bytes, int, int, Keep], Masked]

NUM: Final = b"<num>"
TOK: Final = b"<tok>"
QUOTE: Final = b"<q>"
RUN_GAP: Final = b" ,:/x-"
TRAILING: Final = b".,;:!?"
WORD_BYTES: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(
    range(128, 256)
)
HEX: Final = frozenset(b"0123456789abcdefABCDEF")
LOWER_HEX: Final = frozenset(b"0123456789abcdef")
DIGITS: Final = frozenset(b"0123456789")
VOWELS: Final = frozenset(b"aeiouyAEIOUY")
LEADING_WORD: Final = re2.compile(rb"\w+")
QUOTED: Final = re2.compile(rb"""["']((?:[^"'\\\n]|\\.)*)["']""")
DIGIT_RUN: Final = re2.compile(rb"\d{3}")
DIGITS_ANY: Final = re2.compile(rb"\d+")
CODE: Final = re2.compile(rb"[A-Z]{1,5}\d{3,5}")
DOTTED: Final = re2.compile(rb"[\d.]*")
POINTER: Final = re2.compile(rb"0x[0-9a-fA-F]+")
WORDY: Final = tuple(f".{suffix}".encode() for suffix in WORDY_SUFFIXES)
RANDOM_LENGTH: Final = 10


def is_word_at(raw: bytes, place: int) -> bool:
    return 0 <= place < len(raw) and raw[place] in WORD_BYTES


def first_word(raw: bytes, start: int, stop: int) -> Masked:
    """The token is not what it looked like: its first word, or one sign, stands for itself."""
    found = LEADING_WORD.match(raw, start, stop)
    if found is None:
        return raw[start : start + 1], start + 1
    word = found[0]
    if word.isdigit():
        return NUM, found.end()
    return word_mask(word) if DIGITS.intersection(word) else word, found.end()


def always(mask: bytes) -> Mask:
    def masked(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
        return mask, stop

    return masked


def pair(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    """In JSON or a repr the key is kept; elsewhere a quoted text before a colon is just quoted."""
    close = raw.index(raw[start : start + 1], start + 1) + 1
    while raw[close - 2 : close - 1] == b"\\":
        close = raw.index(raw[start : start + 1], close) + 1
    if raw[:start].rstrip()[-1:] not in (b"{", b",", b"[", b"("):
        return quoted(raw, start, close, keep)
    return raw[start:close] + b": <val>", stop


def quoted(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    text = raw[start:stop].decode("utf-8", "replace").lstrip("bu")[1:-1]
    return (f"'{text}'".encode() if keep(text) else QUOTE), stop


def url(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    return b"<url>", start + len(raw[start:stop].rstrip(TRAILING))


def path(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    if is_word_at(raw, start - 1) or raw[start - 1 : start] == b"<":
        return first_word(raw, start, stop)
    return b"<path>", start + len(raw[start:stop].rstrip(TRAILING))


def thing(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    """`<media.Image object at 0x7f..>`: what it is stays, where it is does not."""
    return bytes(POINTER.sub(NUM, raw[start:stop])), stop


def time(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    beside = is_word_at(raw, stop) or (raw[stop : stop + 1] == b":" and is_word_at(raw, stop + 1))
    if beside or raw[start - 1 : start] in (b":", b"."):
        return first_word(raw, start, stop)
    return b"<date>", stop


def ipv4(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    address = raw[start:stop].split(b"/")[0].split(b":")[0]
    longer = raw[start - 1 : start] == b"." or (raw[stop : stop + 1] == b"." and is_word_at(raw, stop + 1))
    if not longer and is_address(address):
        return b"<ip>", stop
    return NUM, start + len(DOTTED.match(raw, start)[0].rstrip(b"."))


def ipv6(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    token = raw[start:stop]
    alone = not is_word_at(raw, start - 1) and not is_word_at(raw, stop)
    if alone and DIGITS.intersection(token) and is_address(token.split(b"/")[0].split(b"%")[0]):
        return b"<ip>", stop
    if not DIGITS.intersection(token):  # names of a program; no address begins in them
        close = start + token.rindex(b":") + 1
        return raw[start:close], close
    return first_word(raw, start, stop)


def is_address(text: bytes) -> bool:
    try:
        ipaddress.ip_address(text.decode())
    except ValueError:
        return False
    return True


def host(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    token = raw[start:stop]
    before, after = raw[start - 1 : start], raw[stop : stop + 1]
    joined = after in (b"(", b"-", b"\\") or (after == b"." and is_word_at(raw, stop + 1))
    if joined or before in (b".", b"/", b"\\", b"$", b"@", b"-") or is_word_at(raw, start - 1):
        return first_word(raw, start, stop)
    name = token.split(b":")[0]
    if name.endswith(WORDY) and name.count(b".") < 2 and b"-" not in name and not DIGITS.intersection(name):
        return first_word(raw, start, stop)
    return b"<host>", stop


def numbers(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    """A list of numbers; after a word it is the arguments of a call, whose brackets stay."""
    if is_word_at(raw, start - 1):
        return raw[start : start + 1] + NUM + raw[stop - 1 : stop], stop
    return NUM, stop


def number(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    if raw[start - 1] >= 128 and start:  # a letter beyond ASCII: the end of a word
        return word_mask(raw[start:stop]), stop
    sign = start if raw[start] in b"+-" else start - 1
    glued = is_word_at(raw, sign - 1) and raw[sign - 1] not in DIGITS and raw[sign : sign + 1] in (b"-", b"#")
    listed = raw[stop : stop + 1] in (b"-", b".") and raw[stop + 1 : stop + 2].isdigit()
    if glued and not listed and len(raw[start:stop].strip(b"+-")) == 1:
        return raw[start:stop], stop  # utf-8, C#7
    if sign == start and is_word_at(raw, start - 1) and raw[start - 1] not in DIGITS:
        return raw[start : start + 1] + NUM, stop
    return NUM, stop


def word(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    text = raw[start:stop]
    if start == 0 and raw[stop : stop + 1] in (b":", b"") and CODE.fullmatch(text):
        return text, stop  # NG0100: the message has a name
    return word_mask(text), stop


def word_mask(text: bytes) -> bytes:
    """A word with a digit: hexadecimal, random, or a name with a number in it."""
    if text[:2] in (b"0x", b"0X") and HEX.issuperset(text[2:]):
        return NUM
    if HEX.issuperset(text) and (len(text) >= 8 or (len(text) >= 4 and LOWER_HEX.issuperset(text))):
        return NUM
    if is_random(text):
        return TOK
    return bytes(DIGITS_ANY.sub(NUM, text)) if DIGIT_RUN.search(text) else text


def is_random(text: bytes) -> bool:
    """Ten characters or more that change between lower case, upper case and digits too often for a name."""
    letters = text.replace(b"_", b"")
    digits = sum(byte in DIGITS for byte in letters)
    if len(letters) < RANDOM_LENGTH or not digits:
        return False
    changes = sum(map(changed, letters, letters[1:]))
    return changes >= 0.25 * (len(letters) - 1) or (digits >= 4 and changes >= 3) or is_unspeakable(letters, digits)


def is_unspeakable(letters: bytes, digits: int) -> bool:
    """Names of people and programs have vowels; these mix cases and have hardly any."""
    mixed = sum(kind_of(one) != kind_of(other) for one, other in itertools.pairwise(letters))
    vowels = sum(byte in VOWELS for byte in letters)
    return mixed >= 0.3 * (len(letters) - 1) and vowels < 0.2 * (len(letters) - digits)


def changed(one: int, other: int) -> bool:
    """Another class of character; a capital letter may begin a word."""
    first, second = kind_of(one), kind_of(other)
    return first != second and (first, second) != (2, 1)


def kind_of(byte: int) -> int:
    """0 digit, 1 lower case, 2 upper case, 3 else."""
    if byte < 58:
        return 0 if byte >= 48 else 3
    return 2 if byte < 91 else 1


def blob(raw: bytes, start: int, stop: int, keep: Keep) -> Masked:
    """Base64, hexadecimal and the like; a long path or compound name is none."""
    letters = raw[start:stop].translate(None, b"+/_-=")
    if HEX.issuperset(letters.removeprefix(b"0x").removeprefix(b"0X")):
        return NUM, stop
    return (TOK, stop) if is_random(letters) and b"//" not in raw[start:stop] else first_word(raw, start, stop)


MASKS: Final[dict[int, Mask]] = {
    Token.PAIR: pair,
    Token.QUOTED: quoted,
    Token.URL: url,
    Token.EMAIL: always(b"<email>"),
    Token.UUID: always(b"<uuid>"),
    Token.OBJECT: thing,
    Token.JWT: always(TOK),
    Token.MAC: always(b"<mac>"),
    Token.DATE: always(b"<date>"),
    Token.TIME: time,
    Token.IPV4: ipv4,
    Token.IPV6: ipv6,
    Token.PATH: path,
    Token.HOST: host,
    Token.LIST: numbers,
    Token.NUMBER: number,
    Token.WORD: word,
    Token.BLOB: blob,
}
