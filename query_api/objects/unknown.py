"""Fields that a record does not have: people mistype them, and a quiet default would hide it."""

from collections.abc import Iterator

import msgspec
from msgspec import inspect as shape


def unknown_fields(raw: object, type_: type, pointer: str = "") -> Iterator[str]:
    """JSON pointers of what `type_` does not declare, at any depth."""
    yield from _walk(raw, shape.type_info(type_), pointer)


def _walk(raw: object, known: shape.Type, pointer: str) -> Iterator[str]:
    match known:
        case shape.StructType() if isinstance(raw, dict):
            yield from _fields(raw, known, pointer)
        case shape.VarTupleType() | shape.ListType() if isinstance(raw, list):
            for index, value in enumerate(raw):
                yield from _walk(value, known.item_type, f"{pointer}/{index}")
        case shape.UnionType() if isinstance(raw, dict):
            for option in known.types:
                yield from _walk(raw, option, pointer)
        case _:
            return


def _fields(raw: dict[str, object], known: shape.StructType, pointer: str) -> Iterator[str]:
    fields = {field.encode_name: field.type for field in known.fields}
    for name, value in raw.items():
        if name in fields:
            yield from _walk(value, fields[name], f"{pointer}/{name}")
        else:
            yield f"{pointer}/{name}"


def pointer_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec says "Expected `int` - at `$.steps[0].delay_s`"; a JSON pointer and the words."""
    words, at, path = str(error).partition(" - at `$")
    if not at:
        return "", words
    return path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/"), words
