"""URLs: what may identify a person or a session is taken off; query strings become pairs."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_plus

MAX_PAIRS: Final = 200


def is_url(text: str) -> bool:
    return "://" in text[:64]


def bare(url: str) -> str:
    """Without userinfo, query and fragment."""
    head = url.partition("#")[0].partition("?")[0]
    scheme, mark, rest = head.partition("://")
    if not mark:
        return head
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def bare_path(path: str) -> str:
    """A frame's path: only addresses lose anything, a file may be called `a#b?c`."""
    return bare(path) if is_url(path) else path


def query_of(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def query_pairs(text: str) -> Iterator[tuple[str, str]]:
    """`a=1&b=2`, percent-decoded; wrong UTF-8 is replaced."""
    for part in text.removeprefix("?").split("&", MAX_PAIRS)[:MAX_PAIRS]:
        name, _, value = part.partition("=")
        if name or value:
            yield unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")
