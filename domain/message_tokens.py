"""What counts as a value in a message: one RE2 alternation over UTF-8 bytes, first alternative that fits wins.

RE2 has no look-around, so a pattern says what a token looks like and domain/skeleton.py looks at its neighbours.
"""

from enum import IntEnum
from typing import Final

import re2


class Token(IntEnum):
    """The kind of a token is the number of its group in the alternation."""

    PAIR = 1
    QUOTED = 2
    URL = 3
    EMAIL = 4
    UUID = 5
    OBJECT = 6
    JWT = 7
    MAC = 8
    DATE = 9
    TIME = 10
    IPV4 = 11
    IPV6 = 12
    PATH = 13
    HOST = 14
    LIST = 15
    NUMBER = 16
    BLOB = 17
    WORD = 18


_DOUBLE = r'"(?:[^"\\\n]|\\.)*"'
_SINGLE = r"\B'(?:[^'\\\n]|\\.|\b'\b)*'\B"
_SCALAR = r"(?:[-+]?\d[\w.+-]*|(?:true|false|null|None|True|False|NaN|nan)\b)"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?,?\s)"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?"
_ZONE = r"(?:\s?(?:Z(?:\d\d:\d\d)?|(?:GMT|UTC)?[+-]\d\d:?\d\d|[ECMP][SD]T|GMT|UTC|MST)\b(?:\s\([A-Z][^()\n]{2,40}\))?)"
_TIME = rf"{_CLOCK}(?:\s?[aApP][mM]\b)?{_ZONE}?"
_NUMBER = r"\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?"
_VERSION = r"\bv\d+(?:\.\d+)+\b"
_UNIT = r"(?:\s?(?:ms|s|us|ns|µs|secs?|mins?|hrs?|[kKMGTP]i?[bB]|B|px)\b|\s?%|[mhdkKMGx]\b|(?:st|nd|rd|th)\b)"
_DURATION = r"(?:\d+(?:\.\d+)?(?:ms|us|ns|µs|[dhms])){2,8}\b|P(?:T?\d+(?:\.\d+)?[YMWDHS]){1,6}\b|\d+(?:x\d+)+\b"

# Suffixes of host names; those that are also words of programs need a third part, a digit or a dash.
SUFFIXES: Final = (
    *("com", "net", "org", "edu", "gov", "mil", "biz", "eu", "uk", "de", "fr", "nl", "ca", "au", "jp", "cn", "br"),
    *("ru", "es", "it", "ch", "se", "pl", "cz", "ly", "localdomain", "arpa", "corp", "lan"),
)
WORDY_SUFFIXES: Final = (
    *("io", "co", "dev", "app", "cloud", "info", "us", "in", "me", "ai", "tv", "test", "local", "internal"),
    *("example", "invalid", "home", "int", "site"),
)
_HOST = rf"(?:[A-Za-z0-9_][A-Za-z0-9_-]*\.)+(?:{'|'.join([*SUFFIXES, *WORDY_SUFFIXES])})\b(?::\d{{1,5}}\b)?"

_DATE = "|".join(
    (
        rf"\d{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:(?:[T ]|\s?at\s){_TIME}|\b)",
        rf"\d{{8}}[T ](?:\d{{6}}(?:\.\d+)?|{_CLOCK})(?:{_ZONE}|\b)",
        rf"{_WEEKDAY}\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}(?:\s{_TIME}|\b)",
        rf"{_WEEKDAY}?{_MONTH}\s{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}(?:,?\s{_TIME}|\b)",
        rf"\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}(?:[ :]{_TIME}|\b)",
        rf"{_WEEKDAY}?{_MONTH}\s{{1,2}}\d{{1,2}}(?:\s{_TIME}(?:\s\d{{4}}\b)?|\b)",
        r"datetime\.(?:datetime|date|time|timedelta)\([^()\n]*\)",
    )
)

PATTERNS: Final = {
    Token.PAIR: rf"(?:{_DOUBLE}|\B'(?:[^'\\\n]|\\.)*')\s*(?::|=>)\s*(?:{_DOUBLE}|'(?:[^'\\\n]|\\.)*'|{_SCALAR})",
    Token.QUOTED: rf"\b[bu]'(?:[^'\\\n]|\\.)*'\B|{_SINGLE}|(?:\b[bu])?{_DOUBLE}"
    r"|`[^`'\n]*[`']|“[^”\n]*”|‘[^’\n]*’|«[^»\n]*»",
    Token.URL: r"(?:blob:)?[A-Za-z][A-Za-z0-9+.-]{1,30}://(?:\[[0-9A-Fa-f:.]+\])?[^\s\"'<>()\[\]{}`|\\^]*"
    r"|data:[\w/+.-]+[;,][^\s\"'<>()]+",
    Token.EMAIL: r"[\w.!#$%&*+=?^{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    Token.UUID: r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    Token.OBJECT: r"<[^<>\n]{1,200}? at 0x[0-9a-fA-F]+>",
    Token.JWT: r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?",
    Token.MAC: r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b",
    Token.DATE: rf"\b(?:{_DATE})",
    Token.TIME: rf"\b{_TIME}",
    Token.IPV4: r"\b(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}|:\d{1,5})?\b",
    Token.IPV6: r"(?:[0-9a-fA-F]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4})(?:%\w+)?(?:/\d{1,3})?",
    Token.PATH: r"(?:[A-Za-z]:|~|\.{1,2})?(?:/[\w.@+~%=$:-]+){2,}/?"
    r"|(?:\b[A-Za-z]:|\\)(?:\\[\w.@+~%=$ -]*[\w.@+~%=$-])+\\?",
    Token.HOST: rf"\b{_HOST}",
    Token.LIST: rf"\[\s?[+-]?{_NUMBER}\s?\]|[(\[]\s?[+-]?{_NUMBER}(?:\s?,\s?[+-]?{_NUMBER})+,?\s?[)\]]",
    Token.NUMBER: rf"{_VERSION}|[+-]?(?:{_DURATION}|{_NUMBER}(?:{_UNIT}|\b))",
    Token.BLOB: r"[A-Za-z0-9+][A-Za-z0-9+/_-]{19,}={0,2}|[A-Za-z0-9+/]{14,}={1,2}",
    Token.WORD: r"\b\w*\d\w*",
}
TOKEN: Final = re2.compile("|".join(f"({pattern})" for pattern in PATTERNS.values()).encode())
