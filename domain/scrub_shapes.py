"""Where a scan must look closer: expressions that match whatever the scrubber could change, and a little more.

`TEXT` is for a text as it stands, `ENCODED` for our own JSON of a record, where quotes inside a text are
escaped and a field's name stands before a colon.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.scrub_patterns import EMAIL, FILTERED, IP, NAME_SHAPE, TOKEN

_WORD: Final = rf"(?i:{NAME_SHAPE})"
_VALUES: Final = (
    r"(?:^|[^0-9])(?:4\d|5\d|2[2-7]|3\d|6\d)(?:[ \-]*\d){11}",  # card
    r"[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11}",  # iban
    r"\d{3}-\d{2}-\d{4}",  # ssn
    r"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}KEY",  # pem
    r"://[^\s/:@\"'<>]*:[^\s/\"'<>]*@",  # url_auth
    r"(?i:bearer|basic)(?:\s|%20|\+|\\[nrt])+[A-Za-z0-9._~+/=\-]{4}",  # token
    TOKEN.replace(r"\b", ""),
    r"/home/[^/\[]|/Users/[^/\[]|:\\{1,8}Users\\{1,8}[^\\\[]",  # user_path
    r"%(?:[46][1-9A-Fa-f]|[57][0-9Aa]|3[0-9AaDd]|2[02DdEe5]|40|5[Ff])",  # any of these, percent-encoded
)
_ASSIGNED: Final = rf"{_WORD}[\w.\-$]*(?:\\?[\"'])?\]?(?:\s|\\[nrt]){{0,8}}(?:=|:)"
_PAIR: Final = rf"\[\\*\"[^\"]*{_WORD}[^\"]*\"\s*,"
_ASSIGNED_IN_JSON: Final = rf"{_WORD}[\w.\-$]*(?:\\+\"|')?\]?(?:\s|\\[nrt]){{0,8}}(?:=|:)"
# Inside a text of our JSON: a name of JSON in text, and the first of a pair; both may hold anything.
_INNER: Final = r"(?:[^\"\\]|\\.)*"
_NAME_IN_TEXT: Final = rf"{_WORD}{_INNER}\\\"(?:\s|\\+[nrt])*:"
_PAIR_IN_TEXT: Final = rf"\[(?:\s|\\+[nrt])*\\+\"{_INNER}{_WORD}{_INNER}\\\"(?:\s|\\+[nrt])*,"


def _not(word: str) -> Iterator[str]:
    """Alternatives that together match every text that does not begin with `word` (RE2 has no look-ahead)."""
    begun = ""
    for char in word:
        spelt_char = "\\" + char if char in "[]" else char
        yield f"{begun}[^{spelt_char}]"
        begun += spelt_char


_UNFILTERED: Final = "|".join(['[^"\\[]', *list(_not(FILTERED + '"'))[1:]])
_TEXT_VALUE: Final = f'"(?:{_UNFILTERED})'
_ANY_VALUE: Final = rf"{_TEXT_VALUE}|[0-9\-]|\{{[^}}]|\[[^\]]"
_KEYS: Final = (
    rf'{_WORD}{_INNER}":(?:{_ANY_VALUE})',
    rf'\["{_INNER}{_WORD}{_INNER}",(?:{_ANY_VALUE})',
)


def joined(shapes: Iterable[str]) -> str:
    return "|".join(f"(?:{shape})" for shape in shapes)


def text_shapes(email: bool = False, ip: bool = False, names: Iterable[str] = ()) -> str:
    """For a text as it stands; `names` are further sensitive names of a project."""
    return joined([*_VALUES, _ASSIGNED, _PAIR, *_options(email, ip), *_quoted(names)])


def encoded_shapes(email: bool = False, ip: bool = False, names: Iterable[str] = ()) -> str:
    """For the JSON of a record or of a part of one."""
    return joined(
        [*_VALUES, _ASSIGNED_IN_JSON, _NAME_IN_TEXT, _PAIR_IN_TEXT, *_KEYS, *_options(email, ip), *_quoted(names)]
    )


def _options(email: bool, ip: bool) -> list[str]:
    return [EMAIL] * email + [IP] * ip


def _quoted(names: Iterable[str]) -> list[str]:
    """A further name anywhere is reason enough to look closer."""
    return [f"(?i:{spelt(name)})" for name in names]


def spelt(name: str) -> str:
    """`customerNumber` as an expression that also finds `customer_number`."""
    return "[^A-Za-z0-9]{0,2}".join(char for char in name if char.isalnum())
