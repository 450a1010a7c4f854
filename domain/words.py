"""Text of programs into words to search by; writer and searcher must split alike."""

from typing import Final

import re2

RUN: Final = re2.compile(r"[\p{L}\p{N}]+")
PART: Final = re2.compile(r"\p{Lu}+\p{Ll}+|\p{Lu}+|\p{Ll}+|\p{N}+|\p{L}+")
CAP: Final = 4_096  # characters


def words(text: str) -> tuple[str, ...]:
    """Lower case, once each, in order: every run of letters and digits, and its parts split at case.

    `KeyError shop.views2` gives keyerror key error shop views2 views 2.
    """
    found: dict[str, None] = {}
    for run in RUN.findall(text[:CAP]):
        found[run.lower()] = None
        found.update((part.lower(), None) for part in PART.findall(run))
    return tuple(found)


def plain(*texts: str) -> str:
    """One lower-case text to find parts of, a field a line."""
    return "\n".join(text for text in texts if text).lower()[:CAP]
