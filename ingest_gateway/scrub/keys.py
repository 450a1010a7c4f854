"""A private key that is spread over source lines of a frame, perhaps with its first or last line out of sight."""

from typing import Final

import re2

from domain.scrub_patterns import FILTERED
from ingest_gateway.scrub.scrubber import Tally

BEGIN: Final = re2.compile(r"-----BEGIN [A-Z0-9 ]{0,40}KEY")
END: Final = re2.compile(r"-----END [A-Z0-9 ]{0,40}KEY")
BODY: Final = re2.compile(r"^[\s\"'`+,(]*[A-Za-z0-9+/=]{4,}(?:\\n|\\r)*[\s\"'`+,;)\\]*$")


def without_keys(lines: tuple[str, ...], tally: Tally) -> tuple[str, ...]:
    """Lines after a BEGIN up to its END, and lines of a key's alphabet right before an END, are filtered."""
    inside = _after_begin(lines) | _before_end(lines)
    if not inside:
        return lines
    tally.add("pem", len(inside))
    return tuple(FILTERED if at in inside else line for at, line in enumerate(lines))


def _after_begin(lines: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    open_ = False
    for at, line in enumerate(lines):
        ended = END.search(line) is not None
        if open_ and not ended and line not in ("", FILTERED):
            found.add(at)
        open_ = not ended and (open_ or BEGIN.search(line) is not None)
    return found


def _before_end(lines: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for at, line in enumerate(lines):
        back = at - 1
        while END.search(line) and back >= 0 and BODY.search(lines[back]):
            found.add(back)
            back -= 1
    return found
