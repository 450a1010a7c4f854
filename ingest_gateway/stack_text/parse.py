"""Stack text of any language to exceptions and frames: by the platform's parser, else by the shape of the text."""

from collections.abc import Callable
from typing import Final, TypeAlias

import re2

from ingest_gateway.normalise.text import clean
from ingest_gateway.stack_text import dart, dotnet, golang, java, javascript, php, python, ruby
from ingest_gateway.stack_text.parsed import MAX_BYTES, Parsed

Parse: TypeAlias = Callable[[str], list[Parsed]]

BY_PLATFORM: Final[dict[str, Parse]] = {
    "python": python.parse,
    "javascript": javascript.parse,
    "node": javascript.parse,
    "java": java.parse,
    "kotlin": java.parse,
    "scala": java.parse,
    "php": php.parse,
    "go": golang.parse,
    "csharp": dotnet.parse,
    "dotnet": dotnet.parse,
    "ruby": ruby.parse,
    "dart": dart.parse,
}
SHAPES: Final[tuple[tuple[re2._Regexp, Parse], ...]] = (
    (re2.compile(r"Traceback \(most recent call last\)"), python.parse),
    (re2.compile(r'(?m)^  File ".+", line \d+'), python.parse),
    (re2.compile(r"(?m)^#\d+\s+.+ \((?:package:|dart:|file:).+\)"), dart.parse),
    (re2.compile(r"(?m)^\s*#\d+ .+(?:\(\d+\)|\[internal function\]): "), php.parse),
    (re2.compile(r"(?m)^\s*at .+\([\w$ .\-]+\.(?:java|kt|scala|groovy|clj|php)(?::\d+)?\)"), java.parse),
    (re2.compile(r"(?m)^\s*at .+\((?:Native Method|Unknown Source)\)"), java.parse),
    (re2.compile(r"(?m)^\s*at .+ in .+:line \d+|^\s*at [\w.`<>\[\]]+\((?:[A-Z][\w.]* \w+)?\)\s*$"), dotnet.parse),
    (re2.compile(r"(?m)^\s*at .+:\d+:\d+\)?$|^\S*@\S+:\d+(?::\d+)?$"), javascript.parse),
    (re2.compile(r"(?m)^goroutine \d+ \[|^\s+\S+\.go:\d+"), golang.parse),
    (re2.compile(r"(?m)^\s*(?:from )?\S+:\d+:in [`']"), ruby.parse),
)


def parse(text: str, platform: str) -> list[Parsed]:
    """Cause first. Empty when no parser finds a frame: then the text stays as it is."""
    text = clean(text[:MAX_BYTES])  # RE2 does not bear lone surrogates
    own = BY_PLATFORM.get(platform)
    if own is not None:
        found = own(text)
        if any(each.frames for each in found):
            return found
    for shape, other in SHAPES:
        if other is not own and shape.search(text):
            found = other(text)
            if any(each.frames for each in found):
                return found
    return []
