"""Printing: tables for people, JSON for programs."""

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec


def say(text: str = "") -> None:
    """To standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    sys.stderr.write(text + "\n")


def as_json(value: Any) -> None:
    say(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; the last one is not padded."""
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        say("  ".join(padded).rstrip())


def size(count: int) -> str:
    return f"{count / (1 << 20):.0f} MiB" if count else ""


def instant(at_ms: int) -> str:
    """In the zone of whoever reads it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms / 1000))
