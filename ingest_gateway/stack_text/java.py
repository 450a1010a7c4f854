"""Java stacks, also Kotlin, Scala and what OpenTelemetry's PHP writes: `at pkg.Class.method(File.java:12)`."""

from typing import Final

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, named, number, qualified

CAUSED: Final = "Caused by: "
SUPPRESSED: Final = "Suppressed: "


class Block:
    def __init__(self, head: str) -> None:
        self.head = head
        self.frames: list[Object] = []  # innermost first, as in the text


def parse(text: str) -> list[Parsed]:
    """The first block is what was thrown, the last its root cause; suppressed ones are left out."""
    blocks: list[Block] = []
    skipping = -1
    for line in lines_of(text):
        word = line.strip()
        indent = len(line) - len(line.lstrip())
        if 0 <= skipping < indent or not word:
            continue
        skipping = indent if word.startswith(SUPPRESSED) else -1
        if skipping < 0:
            _take(blocks, word)
    return [_parsed(block) for block in reversed(blocks) if block.frames or block.head]


def _take(blocks: list[Block], word: str) -> None:
    if word.startswith("at ") and blocks:
        blocks[-1].frames.append(_frame(word[3:]))
    elif word.startswith("... ") and len(blocks) > 1:
        shared = number(word[4:].partition(" ")[0])
        blocks[-1].frames += blocks[-2].frames[-shared:] if shared else []
    elif word.startswith("at "):
        blocks.append(Block(""))
        blocks[-1].frames.append(_frame(word[3:]))
    elif word.startswith(CAUSED):
        blocks.append(Block(word.removeprefix(CAUSED)))
    elif not blocks:
        blocks.append(Block(word.partition('" ')[2] if word.startswith('Exception in thread "') else word))
    elif not blocks[-1].frames:
        blocks[-1].head += f"\n{word}"  # a message of several lines


def _frame(text: str) -> Object:
    """`[loader/][module@1.0/]pkg.Class.method(File.java:12)`."""
    called, _, place = text.partition("(")
    module, _, function = called.rpartition("/")[2].rpartition(".")
    file, _, line = place.rstrip(") ~[]").partition(":")
    known = file not in ("Native Method", "Unknown Source")
    return frame(function, file if known else "", number(line.partition(")")[0]), module=module)


def _parsed(block: Block) -> Parsed:
    kind, value = named(block.head)
    module, name = qualified(kind)
    return Parsed(name, value, module, tuple(reversed(block.frames)))
