""".NET stacks: `at Shop.Pay.Run(String a) in C:\\src\\Pay.cs:line 42`, inner exceptions before their end mark."""

from typing import Final

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, named, number, qualified

INNER: Final = "--->"
END_OF_INNER: Final = "--- End of inner exception stack trace ---"


def parse(text: str) -> list[Parsed]:
    """Heads open from the outermost in; frames close from the innermost out."""
    open_: list[tuple[str, list[Object]]] = []
    done: list[Parsed] = []
    for line in lines_of(text):
        word = line.strip()
        if word.startswith("at ") and open_:
            open_[-1][1].append(_frame(word[3:]))
        elif word.startswith("at "):
            open_.append(("", [_frame(word[3:])]))
        elif word.startswith(END_OF_INNER) and len(open_) > 1:
            done.append(_parsed(*open_.pop()))
        elif word and not word.startswith("--- "):
            open_ += [(head.strip(), []) for head in word.split(INNER) if head.strip()]
    return [*done, *(_parsed(head, frames) for head, frames in reversed(open_) if frames or head)]


def _parsed(head: str, frames: list[Object]) -> Parsed:
    kind, value = named(head)
    module, name = qualified(kind)
    return Parsed(name, value, module, tuple(reversed(frames)))


def _frame(text: str) -> Object:
    called, _, place = text.partition(" in ")
    path, _, line = place.rpartition(":line ")
    module, _, function = called.partition("(")[0].rpartition(".")
    return frame(function, path, number(line.strip()), module=module)
