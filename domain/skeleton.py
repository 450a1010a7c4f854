"""The skeleton of a message: its words, with the values taken out."""

from typing import Final

import re2

NUMBER: Final = re2.compile(r"\d+")


def skeleton(text: str) -> str:
    lines = [line.strip() for line in text[:600].splitlines() if line.strip()]
    return str(NUMBER.sub("<num>", "\n".join(lines[:2])))
