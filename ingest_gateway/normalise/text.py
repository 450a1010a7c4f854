"""Text of a client: cleaned of what breaks stores and screens, cut to its cap, every cut noted."""

import json
from typing import Final, TypeAlias

import msgspec
import re2

from schemas.error_event import Cut

Json: TypeAlias = object  # what a JSON decoder gives: dict, list, str, int, float, bool or None
Object: TypeAlias = dict[str, object]

DEEP: Final = "[deep]"
RUN_BYTES: Final = 128
DIGITS: Final = 100
MAX_CUTS: Final = 50
INT64: Final = 2**63
ENCODE: Final = msgspec.json.Encoder().encode

BIDI: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
BAD: Final = re2.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TABLE: Final[dict[int, str | None]] = {
    code: "\ufffd" for code in (*range(32), *range(0x7F, 0xA0)) if code not in (9, 10)
} | dict.fromkeys(map(ord, BIDI))


def clean(text: str) -> str:
    """Control characters and lone surrogates become U+FFFD, bidi marks go, CR LF is a newline."""
    if text.isascii():
        return text if text.isprintable() else _newlines(text).translate(TABLE)
    try:
        return _newlines(text).translate(TABLE) if BAD.search(text) else text
    except UnicodeEncodeError:
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return _newlines(whole).translate(TABLE)


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def clip(text: str, cap: int) -> str:
    """At most `cap` UTF-8 bytes. A cut text also gives back its last unbroken run.

    Half a card number, or `https://user:secr`, would escape the scrubber: so what a cut may have
    split goes too, 128 bytes at most; digits joined by blanks or dashes are one run.
    """
    if len(text) * 4 <= cap or len(text.encode()) <= cap:
        return text
    kept = text.encode()[:cap].decode("utf-8", "ignore")
    return kept[: _run_start(kept)]


def _run_start(text: str) -> int:
    floor = max(0, len(text) - RUN_BYTES)
    at = len(text)
    while at > floor and (not text[at - 1].isspace() or _joins_digits(text, at - 1)):
        at -= 1
    return at


def _joins_digits(text: str, at: int) -> bool:
    """Whether the blank at `at` stands between digits (or at the cut, after a digit)."""
    before = at > 0 and (text[at - 1].isdigit() or text[at - 1] == "-")
    after = at + 1 == len(text) or text[at + 1].isdigit() or text[at + 1] == "-"
    return text[at] == " " and before and after


def compact(value: Json) -> str:
    """JSON text of any value; whatever cannot be encoded is said so, never raised."""
    try:
        return ENCODE(value).decode()
    except RecursionError:
        return DEEP
    except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError, ValueError):
        return _compact_slowly(value)


def _compact_slowly(value: Json) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except RecursionError:
        return DEEP
    except ValueError:  # an int of more digits than Python prints
        return "[number]"


def number_text(value: int | float) -> str:
    if isinstance(value, float):
        return repr(value)
    if -INT64 <= value < INT64:
        return str(value)
    try:
        return str(value)[:DIGITS]
    except ValueError:
        return "[number]"


def plain(value: Json) -> str:
    """Any JSON value as text: null is empty, objects and lists are compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, int | float) else compact(value)


class Notes:
    """What was cut, replaced or dropped in one event: (rule, where) -> count."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    def add(self, rule: str, where: str, count: int = 1) -> None:
        self.counts[rule, where] = self.counts.get((rule, where), 0) + count

    def cuts(self) -> tuple[Cut, ...]:
        found = list(self.counts.items())[:MAX_CUTS]
        return tuple(Cut(rule=rule, where=where, count=count) for (rule, where), count in found)


class Texts:
    """Reads text under caps.

    `escaped`: the source may hold control characters; else ASCII needs no cleaning. `plain`: it is
    all ASCII and holds none, so that a character is a byte.
    """

    def __init__(self, escaped: bool = True, plain: bool = False) -> None:
        self.escaped = escaped
        self.plain = plain and not escaped
        self.notes = Notes()

    def take(self, value: Json, cap: int, where: str) -> str:
        """`value` as clean text of at most `cap` bytes."""
        if value is None:
            return ""
        text = value if type(value) is str else plain(value)
        if len(text) > cap:
            text = text[: cap + 1]  # characters are never more than bytes: this is still too long
        if self.escaped or not text.isascii():
            text = clean(text)
        if len(text) * 4 <= cap or (len(text) <= cap and text.isascii()):
            return text
        short = clip(text, cap)
        if len(short) < len(text):
            self.notes.add("cap", where)
        return short

    def word(self, value: Json, cap: int, where: str) -> str:
        """Like `take`, but an object or a list is no word: it is dropped with a note."""
        if value is None:
            return ""
        if isinstance(value, dict | list):
            self.notes.add("type", where)
            return ""
        return self.take(value, cap, where).strip()
