"""Go stacks: a line that names the function, a line that says where. Also what `%+v` of pkg/errors prints."""

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, number


def parse(text: str) -> list[Parsed]:
    """Only the first goroutine: it is the one that panicked."""
    frames: list[Object] = []
    head, called, goroutines = "", "", 0
    for line in lines_of(text):
        if line.startswith("goroutine "):
            goroutines += 1
            if goroutines > 1:
                break
        elif line.startswith(("\t", "        ")) and called:
            frames.append(_frame(called, line.strip()))
            called = ""
        elif line.strip():
            if not frames and not goroutines and line.startswith(("panic: ", "fatal error: ")):
                head = line.strip()
            called = line.strip().removeprefix("created by ").partition(" in goroutine ")[0]
    kind, _, value = head.partition(": ")
    return [Parsed(kind, value.partition(" [recovered]")[0], "", tuple(reversed(frames)))] if frames else []


def _frame(called: str, place: str) -> Object:
    """`example.com/shop/pay.(*Till).Charge(0xc000, 0x1)` and `/app/pay.go:12 +0x1d`."""
    where = place.partition(" ")[0]
    path, _, line = where.rpartition(":")
    name = called[: called.rfind("(")] if called.endswith(")") and "(" in called else called
    folder, slash, last = name.rpartition("/")
    package, _, function = last.partition(".")
    return frame(function, path, number(line), module=folder + slash + package)
