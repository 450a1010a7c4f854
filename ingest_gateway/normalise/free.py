"""Free JSON of a client, `contexts` and `extra`: bounded in depth, number and size; no key can hurt a store."""

import math
from typing import Final

from msgspec import UNSET, Raw, UnsetType

from ingest_gateway.normalise.shapes import pairs
from ingest_gateway.normalise.text import DEEP, INT64, Json, Notes, Object, Texts, clean, clip, compact, number_text

MAX_DEPTH: Final = 8
MAX_KEYS: Final = 2000
MAX_VALUES: Final = 50_000
CAP: Final = 65_536
KEY_BYTES: Final = 256
WHERE: Final = "free"
MIN_CUT: Final = 1024
DROPPED: Final = "_meta"


class Pruner:
    """Copies JSON within the caps; counts all values of one event."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.values = 0

    def prune(self, value: Json, depth: int = 0) -> Json:
        self.values += 1
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, dict | list):
            return self._container(value, depth)
        if isinstance(value, float):
            return value if math.isfinite(value) else number_text(value)
        if isinstance(value, int) and not -INT64 <= value < INT64:
            return number_text(value)
        return value

    def _container(self, value: Object | list[Json], depth: int) -> Json:
        if not value:
            return value
        if depth >= MAX_DEPTH or self.values > MAX_VALUES:
            self.notes.add("depth" if depth >= MAX_DEPTH else "values", WHERE)
            return DEEP
        if len(value) > MAX_KEYS:
            self.notes.add("count", WHERE, len(value) - MAX_KEYS)
        if isinstance(value, list):
            return [self.prune(each, depth + 1) for each in value[:MAX_KEYS]]
        return self._object(value, depth)

    def _object(self, value: Object, depth: int) -> Object:
        found: Object = {}
        for name, given in value.items():
            if name == DROPPED:
                continue
            if len(found) >= MAX_KEYS:
                break
            found[safe_key(name)] = self.prune(given, depth + 1)
        return found


def safe_key(name: str) -> str:
    """Never empty, never `$..` or `__proto__`: stores and languages give those a meaning."""
    key = clip(clean(name), KEY_BYTES)
    return f"_{key}" if not key or key[0] == "$" or key == "__proto__" else key


def pruned(value: Json, notes: Notes) -> Json:
    return Pruner(notes).prune(value)


def free(value: Json, where: str, texts: Texts) -> Raw | UnsetType:
    """An object of free JSON in at most 64 KiB; unset when there is none."""
    if not value:
        return UNSET
    if not isinstance(value, dict):
        value = {str(name): given for name, given in pairs(value) if isinstance(name, str)}
        texts.notes.add("type", where)
    found = pruned(value, texts.notes)
    if not found or not isinstance(found, dict):
        return UNSET
    raw = encoded(found)
    return Raw(raw if len(raw) <= CAP else encoded(fitted(found, where, texts)))


def encoded(value: Json) -> bytes:
    return compact(value).encode("utf-8", "replace")


def fitted(found: Object, where: str, texts: Texts) -> Object:
    """Entries in their order while they fit; text is cut, what is left over is dropped with a note."""
    room = CAP - 2
    kept: Object = {}
    for name, given in found.items():
        fitting = _shorter(given, room - len(encoded(name)) - 2)
        size = len(encoded(name)) + 2 + len(encoded(fitting))
        if size > room:
            texts.notes.add("size", where)
            continue
        kept[name] = fitting
        room -= size
    return kept


def _shorter(value: Json, room: int) -> Json:
    """A text that is too long, cut; an escape is six bytes at most."""
    if not isinstance(value, str) or room < MIN_CUT or len(encoded(value)) <= room:
        return value
    return clip(value, room // 6)
