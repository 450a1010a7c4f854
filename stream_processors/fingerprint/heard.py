"""All that grouping takes from what an event says; two messages that agree in it have the same keys."""

from typing import Final

import msgspec

from domain.skeleton import first_lines
from stream_processors.fingerprint.families import family
from stream_processors.fingerprint.message import has_quotes, masked, program_text, said, wording
from stream_processors.fingerprint.stack import Stack

SOURCE_LINES: Final = 3
# Their checks print the condition that failed.
CHECKING: Final = frozenset({"native", "cocoa", "c", "cpp", "objc", "swift", "rust", "other"})


class Heard(msgspec.Struct, frozen=True):
    """`words`: the skeleton, names kept that are code; `masked`: without any quoted text.

    `wording`: the one form of what engines word differently, or text of the JVM; `program`: the
    condition of a native check; `family`: the problem that is the same wherever it appears.
    """

    words: str = ""
    masked: str = ""
    wording: str = ""
    program: str = ""
    family: str = ""


def hear(text: str, platform: str, root_type: str, stack: Stack) -> Heard:
    kin = family(root_type, text, platform, stack.crash_path)
    if kin:
        return Heard(kin, kin, family=kin)
    line = first_lines(text)
    plain = masked(line, platform)
    program = program_text(text) if platform in CHECKING else ""
    return Heard(words_of(line, plain, platform, stack), plain, wording(line, platform), program)


def words_of(line: str, plain: str, platform: str, stack: Stack) -> str:
    """Only quoted text is read differently with sources and without a stack."""
    if stack.is_minified or not has_quotes(line):
        return plain
    lines = tuple(each.line for each in stack.symbols[:SOURCE_LINES]) if stack.is_named else ()
    return said(line, platform, lines, not stack.is_named)
