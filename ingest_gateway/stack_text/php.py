"""PHP stacks: `#0 /app/x.php(12): Class->method()`, with chained exceptions."""

from typing import Final

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, named, number

HEADS: Final = ("PHP Fatal error:  Uncaught ", "Fatal error: Uncaught ", "Uncaught ", "Next ")


def parse(text: str) -> list[Parsed]:
    """A cause is printed before what it caused (`Next ..`): cause first already."""
    blocks: list[tuple[str, list[str]]] = [("", [])]
    for line in lines_of(text):
        word = line.strip()
        if word.startswith("#"):
            blocks[-1][1].append(word)
        elif word and not word.startswith(("Stack trace:", "thrown in", "[stacktrace]")):
            head, calls = blocks[-1]
            if calls or not head:
                blocks.append((word, []))
            else:
                blocks[-1] = (f"{head}\n{word}", calls)
    return [_parsed(head, calls) for head, calls in blocks if calls]


def _parsed(head: str, calls: list[str]) -> Parsed:
    """A line says where a function was called: the function of a line is where the line above it stands."""
    for prefix in HEADS:
        head = head.removeprefix(prefix)
    said, _, place = head.rpartition(" in ")
    path, _, line = place.rpartition(":")
    kind, value = named(said if said and line.isdecimal() else head)
    places = [(path, number(line))] if said and line.isdecimal() else []
    functions: list[tuple[str, str]] = []
    for call in calls:
        spot, function = _call(call)
        places.append(spot)
        functions.append(function)
    if len(places) > len(functions) - 1 and not (said and line.isdecimal()):
        functions = functions[1:]
    rows = zip(places, [*functions, ("", "")], strict=False)
    frames: list[Object] = [
        frame(function, "" if path == "[internal function]" else path, at, module=module)
        for (path, at), (module, function) in rows
        if path or function
    ]
    return Parsed(kind, value, "", tuple(reversed(frames)))


def _call(text: str) -> tuple[tuple[str, int], tuple[str, str]]:
    """`#0 /app/x.php(12): Shop\\Pay->run('x')` -> place, (class, function)."""
    rest = text.partition(" ")[2]
    place, _, called = rest.partition(": ")
    path, _, line = place.rpartition("(")
    name = called.partition("(")[0]
    for mark in ("->", "::"):
        owner, found, method = name.partition(mark)
        if found:
            return _spot(path, line, place), (owner, method)
    return _spot(path, line, place), ("", name if name != "{main}" else "")


def _spot(path: str, line: str, place: str) -> tuple[str, int]:
    if place.startswith("{main}"):
        return "", 0
    return (path, number(line.rstrip(")"))) if path else (place, 0)
