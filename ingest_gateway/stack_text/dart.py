"""Dart stacks: `#0      Pay.run (package:shop/pay.dart:12:5)`. Obfuscated ones stay text."""

from typing import Final

import re2

from ingest_gateway.normalise.text import Object
from ingest_gateway.stack_text.parsed import Parsed, frame, lines_of, number

LINE: Final = re2.compile(r"^#\d+\s+(.+?) \((.+?)(?::(\d{1,9}))?(?::(\d{1,9}))?\)\s*$")


def parse(text: str) -> list[Parsed]:
    frames = [found for found in map(_frame, lines_of(text)) if found is not None]
    return [Parsed("", "", "", tuple(reversed(frames)))] if frames else []


def _frame(line: str) -> Object | None:
    found = LINE.search(line)
    if found is None:
        return None
    place, line_at, column = found.group(2), found.group(3) or "", found.group(4) or ""
    return frame(found.group(1), place, number(line_at), number(column))
