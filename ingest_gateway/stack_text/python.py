"""Python tracebacks: chained blocks, caret lines, exception groups."""

from typing import Final

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, named, number, qualified

BEGIN: Final = "Traceback (most recent call last)"
CHAINED: Final = ("The above exception was the direct cause", "During handling of the above exception")


def parse(text: str) -> list[Parsed]:
    """Blocks come cause first; the members of a group stand before it."""
    found: list[Parsed] = []
    group: list[Parsed] = []
    reader = Block()
    for raw in lines_of(text):
        margin = raw.find("| ")
        line = raw[margin + 2 :] if 0 <= margin <= 20 and not raw[:margin].strip(" +-|") else raw
        if BEGIN in line:
            reader = Block()
            reader.grouped = "Exception Group" in line
        elif reader.take(line):
            (group if reader.grouped else found).append(reader.parsed())
            reader = Block(closed=True)
    return [*found, *reversed(group)] if group else found


class Block:
    """Lines between `Traceback` and the line that names the exception."""

    def __init__(self, closed: bool = False) -> None:
        self.frames: list[Object] = []
        self.closed = closed
        self.grouped = False
        self.end = ""

    def take(self, line: str) -> bool:
        """Whether this line ends the block."""
        if self.closed or not line.strip() or line.startswith(CHAINED):
            return False
        if line.startswith('  File "'):
            self.frames.append(_frame(line))
            return False
        if line.startswith(" "):
            self._source(line)
            return False
        self.end = line
        return bool(self.frames) or ": " in line

    def _source(self, line: str) -> None:
        word = line.strip()
        if self.frames and "context_line" not in self.frames[-1] and not word.startswith("[Previous line"):
            self.frames[-1]["context_line"] = word

    def parsed(self) -> Parsed:
        kind, value = named(self.end)
        module, name = qualified(kind)
        return Parsed(name, value, module, tuple(self.frames))


def _frame(line: str) -> Object:
    """`File "x.py", line 3, in f`."""
    path, _, rest = line.strip()[6:].partition('", line ')
    digits, _, function = rest.partition(", in ")
    return frame(function.strip(), path, number(digits.strip()))
