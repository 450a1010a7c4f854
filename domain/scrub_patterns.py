"""What is a secret: names of fields, and shapes of values. Data for the gateway's scrubber and for previews."""

from functools import lru_cache
from itertools import pairwise
from typing import Final

FILTERED: Final = "[Filtered]"
VERSION: Final = 1

# One part of a name (split at non-alphanumerics and camel case) is enough.
PARTS: Final = frozenset(
    {
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "passcode",
        "secret",
        "auth",
        "authorization",
        "credential",
        "credentials",
        "token",
        "bearer",
        "jwt",
        "otp",
        "totp",
        "mfa",
        "cvv",
        "cvc",
        "ssn",
        "iban",
        "csrf",
        "xsrf",
        "session",
        "sessionid",
        "cookie",
        "cookies",
    }
)
# Two neighbouring parts.
NEIGHBOURS: Final = frozenset(
    {
        ("api", "key"),
        ("access", "key"),
        ("private", "key"),
        ("secret", "key"),
        ("signing", "key"),
        ("encryption", "key"),
        ("two", "factor"),
        ("pin", "code"),
        ("card", "number"),
        ("credit", "card"),
        ("mysql", "pwd"),
        ("connection", "string"),
    }
)
# Anywhere in the joined, lower-cased name.
CONTAINED: Final = (
    "password",
    "passwd",
    "secret",
    "apikey",
    "privatekey",
    "accesstoken",
    "authtoken",
    "credential",
    "phpsessid",
    "csrf",
    "xsrf",
)
NUMBERS_STAY: Final = frozenset({"token", "session"})
COOKIE_NAMES: Final = frozenset({"cookie", "cookies"})

# One expression that every sensitive name matches somewhere (case-insensitive); it matches more.
NAME_SHAPE: Final = (
    "passw|pwd|passphrase|passcode|secret|auth|credential|token|bearer|jwt|otp|mfa|cvv|cvc|ssn|iban|csrf|xsrf|session|"
    "phpsessid|cookie|(?:api|access|private|signing|encryption)[^a-z0-9]*key|two[^a-z0-9]*factor|pin[^a-z0-9]*code|"
    "card[^a-z0-9]*number|credit[^a-z0-9]*card|connection[^a-z0-9]*string"
)


def parts(name: str) -> tuple[str, ...]:
    """`X-CSRFToken`, `sessionId`, `API_KEY` -> lower-case parts."""
    found: list[str] = []
    start, before = 0, ""
    for at, char in enumerate(name):
        if not char.isalnum():
            found.append(name[start:at])
            start = at + 1
        elif char.isupper() and (before.islower() or _starts_word(name, at, before)):
            found.append(name[start:at])
            start = at
        before = char
    found.append(name[start:])
    return tuple(part.lower() for part in found if part)


def _starts_word(name: str, at: int, before: str) -> bool:
    """The T of `CSRFToken`: an upper letter after one, before a lower one."""
    return before.isupper() and at + 1 < len(name) and name[at + 1].islower()


@lru_cache(maxsize=8192)
def sensitive(name: str) -> bool:
    """Whether the value under this name is a secret by its name alone."""
    found = parts(name[:256])
    if not PARTS.isdisjoint(found):
        return True
    if any(pair in NEIGHBOURS for pair in pairwise(found)):
        return True
    joined = "".join(found)
    return any(word in joined for word in CONTAINED)


@lru_cache(maxsize=8192)
def numbers_stay(name: str) -> bool:
    """Under `token` and `session` a number is a count, not a secret, unless the name holds another secret word."""
    found = set(parts(name[:256]))
    return bool(found & NUMBERS_STAY) and not found & (PARTS - NUMBERS_STAY)


# Shapes of values. Linear expressions of RE2; the groups are read by the rules of the same name.
PEM: Final = (
    r"(-----BEGIN [A-Z0-9 ]{0,40}KEY[A-Z0-9 ]{0,20}-----)(?s:(.*?))(-----END [A-Z0-9 ]{0,40}KEY[A-Z0-9 ]{0,20}-----|\z)"
)
PEM_TAIL: Final = r"((?:[A-Za-z0-9+/=]{4,}(?:\s|\\+[nr])*)+)(-----END [A-Z0-9 ]{0,40}KEY)"
URL_AUTH: Final = r"([A-Za-z][A-Za-z0-9+.\-]{0,30}://)[^\s/:@\"'<>]*:[^\s/\"'<>]*@"
BEARER: Final = r"(?i)\b(bearer)((?:\s|%20|\+)+)([A-Za-z0-9._~+/=\-]{4,})"
BASIC: Final = r"(?i)\b(basic)((?:\s|%20|\+)+)([A-Za-z0-9+/=_\-]{6,})"
TOKEN: Final = (
    r"\beyJ[A-Za-z0-9_\-]{16,}(?:\.[A-Za-z0-9_\-]*){0,4}"  # noqa: S105 an expression, not a token
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_\-]{16,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9\-]{8,}|\bxapp-[A-Za-z0-9\-]{8,}|hooks\.slack\.com/services/[A-Za-z0-9/]{8,}"
    r"|\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b"
    r"|\b[sprk]k_(?:live|test)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9+/=]{16,}"
    r"|\bAIza[A-Za-z0-9_\-]{30,}|\bya29\.[A-Za-z0-9_\-]{10,}|\bGOCSPX-[A-Za-z0-9_\-]{16,}"
    r"|\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_\-]{20,}"
    r"|\bgregor_[A-Za-z0-9]{20,}"
)
HARMLESS_AFTER_BEARER: Final = frozenset(
    {
        "token",
        "tokens",
        "authentication",
        "authorization",
        "auth",
        "authenticate",
        "scheme",
        "realm",
        "header",
        "headers",
        "credentials",
        "credential",
        "error",
        "format",
        "type",
        "method",
        "methods",
        "with",
        "from",
        "that",
        "this",
        "must",
        "should",
        "could",
        "have",
        "been",
        "were",
        "your",
        "access",
    }
)
CARD: Final = r"[0-9][0-9 \-]{11,}[0-9]"
IBAN: Final = r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30}"
SSN: Final = r"\b(\d{3})-(\d{2})-(\d{4})\b"
USER_PATH: Final = (
    r"(^|[^\w.~/\-\]]|:/{1,3}|\\[nrt])(/home/|/Users/|[A-Za-z]:\\{1,4}Users\\{1,4})([^/\\\s\"':;,()\[\]<>]+)"
)
EMAIL: Final = r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"
IP: Final = r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9A-Fa-f]{1,4}:){2,7}[0-9A-Fa-f:.]{1,40}|::[0-9A-Fa-f:.]{1,40}"

_NAME: Final = rf"[A-Za-z0-9_.\-$]*(?:{NAME_SHAPE})[A-Za-z0-9_.\-$]*"
_QUOTED: Final = r"\\\"(?:[^\"\\]|\\[^\"])*(?:\\\")?|\"(?:[^\"\\]|\\(?s:.))*\"?|'(?:[^'\\]|\\(?s:.))*'?|`[^`]*`?"
_SEPARATOR: Final = r"(?:\\?[\"'])?\]?\s{0,8}(?:=>|:=|==?|:)\s{0,8}"
_PREFIX: Final = r"(?:\b[bBrRuUfF]{1,2})?"
ASSIGNMENT: Final = (
    rf"(?i)({_NAME})({_SEPARATOR})({_PREFIX}(?:{_QUOTED})|[\[{{(][^\[\]{{}}()]*[\]}})]?|[^\s,;&\"'`()\[\]{{}}<>]+)"
)
# A pair of a list in JSON, perhaps cut off, perhaps escaped: `["password", "x"`.
PAIR: Final = rf"(?i)(\[\\*\"([^\"\\]*(?:{NAME_SHAPE})[^\"\\]*)\\*\"\s*,\s*)({_QUOTED})"
HEADER_LINE: Final = r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(\s{0,3}:\s{0,3})([^\r\n\"'{}\[\]]+)"
# In source code only a quoted literal is a secret; a type may stand between name and value.
_TYPED: Final = r"(?:\\?[\"'])?\]?\s{0,8}(?::\s{0,4}[\w.\[\]]{1,40}\s{0,4}=|=>|:=|==?|:)\s{0,8}\(?"
LITERAL: Final = rf"(?i)({_NAME})({_TYPED}{_PREFIX})({_QUOTED})"
