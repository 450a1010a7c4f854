"""Pairs and dictionaries of text: tags, headers, query, cookies, data, modules."""

from typing import Final

from ingest_gateway.normalise.shapes import pairs
from ingest_gateway.normalise.text import Json, Texts
from schemas.error_event import Pairs

MAX_PAIRS: Final = 50
RESERVED: Final[tuple[str, ...]] = (
    "release",
    "dist",
    "user",
    "filename",
    "function",
    "environment",
    "server_name",
    "service",
)


def mapping(value: Json, caps: tuple[int, int, int], where: str, texts: Texts) -> dict[str, str]:
    """Text by name; `caps` = entries, bytes of a name, bytes of a value. The first of two equal names wins."""
    most, name_cap, value_cap = caps
    found: dict[str, str] = {}
    for name, given in pairs(value) if value else ():
        if given is None:
            continue
        key = texts.take(name, name_cap, where)
        if len(found) < most:
            if key and key not in found:
                found[key] = texts.take(given, value_cap, where)
        elif key not in found:
            texts.notes.add("count", where)
    return found


def text_pairs(value: Json, where: str, texts: Texts) -> Pairs:
    """50 pairs of 128 bytes and 1 KiB; equal names are kept, a list of values gives one pair each."""
    if not value:
        return ()
    found: list[tuple[str, str]] = []
    for name, given in pairs(value):
        values = given if isinstance(given, list) else [given]
        key = texts.take(name, 128, where)
        found += [(key, texts.take(each, 1024, where)) for each in values[:MAX_PAIRS]]
        if len(found) > MAX_PAIRS:
            texts.notes.add("count", where)
            break
    return tuple(found[:MAX_PAIRS])


def tags(value: Json, texts: Texts) -> tuple[dict[str, str], dict[str, str]]:
    """(tags, reserved): 64 tags of 32 and 200 bytes; the reserved ones only fill empty fields."""
    found = mapping(value, (64 + len(RESERVED), 32, 200), "tags", texts)
    if any(name != name.strip() for name in found):
        found = {name.strip(): text for name, text in reversed(found.items()) if name.strip()}
    reserved: dict[str, str] = {name: found.pop(name) for name in RESERVED if name in found}
    if len(found) > 64:
        texts.notes.add("count", "tags", len(found) - 64)
        found = dict(list(found.items())[:64])
    return found, reserved
