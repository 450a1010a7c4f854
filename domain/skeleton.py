"""The skeleton of a message: its words, with the values taken out (grouping.md 3.5)."""

from collections.abc import Callable, Sequence
from typing import Final

import re2

from domain.message_masks import DIGITS, MASKS, NUM, RUN_GAP, Keep, word_mask
from domain.message_tokens import TOKEN

MAX_TEXT: Final = 600
IDENTIFIER: Final = re2.compile(r"[A-Za-z_$][\w$]*")
TWO_DIGITS: Final = re2.compile(r"\d\d")


def nothing(quoted: str) -> bool:
    """Keep no quoted text."""
    return False


def names(quoted: str) -> bool:
    """Keep quoted identifiers: where there is no source to ask, they are code more often than data."""
    if IDENTIFIER.fullmatch(quoted) is None or TWO_DIGITS.search(quoted) is not None:
        return False
    text = quoted.encode()
    return not DIGITS.intersection(text) or word_mask(text) == text


def in_source(lines: Sequence[str]) -> Keep:
    """Keep quoted text that the failing lines contain: then it is code, not data."""

    def keep(quoted: str) -> bool:
        return len(quoted) > 1 and any(quoted in line for line in lines) and any(map(str.isalpha, quoted))

    return keep


def first_lines(text: str) -> str:
    """The first two lines that are not empty, 600 characters at most."""
    lines = [line.strip() for line in text[: 4 * MAX_TEXT].split("\n") if line.strip()]
    return "\n".join(lines[:2])[:MAX_TEXT]


def skeleton(text: str, keep: Callable[[str], bool] = nothing) -> str:
    """One pass; a token that turns out to be another thing is taken up again behind its first word."""
    raw = first_lines(text).encode("utf-8", "replace")
    out: list[bytes] = [b""]
    end = 0
    while True:
        for found in TOKEN.finditer(raw, end):
            start, stop = found.span()
            mask, resume = MASKS[found.lastindex](raw, start, stop, keep)
            _append(out, raw[end:start], mask)
            end = resume
            if resume != stop:
                break
        else:
            return b"".join([*out, raw[end:]]).decode("utf-8", "replace")


def _append(out: list[bytes], gap: bytes, mask: bytes) -> None:
    """Numbers in a row are one number."""
    if mask == NUM and out[-1].endswith(NUM) and not gap.strip(RUN_GAP):
        return
    out += [gap, mask] if gap else [mask]
