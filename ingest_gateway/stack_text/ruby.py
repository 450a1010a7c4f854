"""Ruby backtraces: `/app/x.rb:12:in 'Shop::Pay#run'`, with the message on the first line or without one."""

from typing import Final

import re2

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, number

LINE: Final = re2.compile(r"^\s*(?:from )?([^:\s][^:]*):(\d{1,9}):in [`']([^'`]+)'(?:: (.*))?$")
HEAD: Final = re2.compile(r"^(.*) \(([A-Z][\w:]*)\)\s*$")


def parse(text: str) -> list[Parsed]:
    frames: list[Object] = []
    kind = value = ""
    for line in lines_of(text):
        found = LINE.search(line)
        if found is None:
            continue
        frames.append(_frame(found.group(1), found.group(2), found.group(3)))
        said = HEAD.search(found.group(4) or "")
        if said is not None and not kind:
            value, kind = said.group(1), said.group(2)
    return [Parsed(kind, value, "", tuple(reversed(frames)))] if frames else []


def _frame(path: str, line: str, called: str) -> Object:
    owner, mark, function = called.rpartition("#")
    if not mark:
        owner, mark, function = called.rpartition(".")
    plain = mark and owner and owner[:1].isupper()
    return frame(function if plain else called, path, number(line), module=owner if plain else "")
