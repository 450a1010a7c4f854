"""The shapes one thing comes in: lists and `{values}`, pairs and objects, words for booleans and numbers."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from ingest_gateway.normalise.text import INT64, Json, Object

Pair: TypeAlias = tuple[Json, Json]
EMPTY: Final[Object] = {}
TRUE: Final = ("true", "1", "yes")
FALSE: Final = ("false", "0", "no")


def first(event: Object, *names: str) -> Json:
    """The first of the named fields that is there and not null."""
    for name in names:
        value = event.get(name)
        if value is not None:
            return value
    return None


def obj(value: Json) -> Object:
    return value if isinstance(value, dict) else EMPTY


def listed(value: Json) -> list[Json]:
    """A list, the list in `{values}`, or one object alone; nulls inside are dropped."""
    if isinstance(value, dict):
        value = value.get("values", [value])
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return []


def pairs(value: Json) -> Iterator[Pair]:
    """Name and value of an object, a list of pairs, or a list of `{key, value}` or one-entry objects."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for item in value:
            yield from _pair(item)


def _pair(item: Json) -> Iterable[Pair]:
    if isinstance(item, list) and len(item) == 2:
        return [(item[0], item[1])]
    if isinstance(item, dict):
        for name in ("key", "name"):
            if name in item:
                return [(item[name], item.get("value"))]
        return item.items()
    return []


def truth(value: Json) -> bool | None:
    """A boolean in any spelling; None when it says neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return None if value not in (0, 1) else bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in TRUE else False if word in FALSE else None
    return None


def whole(value: Json, highest: int = INT64 - 1) -> int | None:
    """An integer of at least 0 in any spelling; None when it is none."""
    if type(value) is int:
        return value if 0 <= value <= highest else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return int(value) if 0 <= value <= highest else None  # NaN fails both
    if isinstance(value, str) and 0 < len(value) <= 20 and value.strip().isdecimal():
        return whole(int(value), highest)
    return None
