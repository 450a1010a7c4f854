"""JSON Schema of every record and setting, as files: `gregor schemas write` and `check`."""

import inspect
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.record import Record
from schemas.settings.registry import KINDS
from schemas.wire import RECORDS

HERE: Final = Path(__file__).parent
OUT: Final = HERE / "generated"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def file_name(record: type[Record]) -> str:
    """`error_event.v1` becomes `error_event/v1.json`."""
    name, _, version = str(record.__struct_config__.tag).rpartition(".")
    return f"{name}/{version}.json"


def wanted() -> dict[str, str]:
    """Relative path -> text of each generated file."""
    found = {file_name(record): _text(record) for record in RECORDS}
    return found | {f"settings/{kind}.json": _text(struct) for kind, struct in KINDS.items()}


def write() -> list[str]:
    """Write what differs; the paths written."""
    differing = check()
    texts = wanted()
    for path in differing:
        target = OUT / path
        if path in texts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(texts[path])
        else:
            target.unlink()
    return differing


def check() -> list[str]:
    """Paths whose committed text is not what the records say, stale files included."""
    texts = wanted()
    there = {str(path.relative_to(OUT)): path.read_text() for path in OUT.rglob("*.json")}
    return sorted(path for path in texts.keys() | there.keys() if texts.get(path) != there.get(path))


def _text(struct: type[msgspec.Struct]) -> str:
    schema: dict[str, Any] = {"$schema": DIALECT} | msgspec.json.schema(struct)
    return json.dumps(_clean(schema), indent=2, ensure_ascii=False) + "\n"


def _clean(found: Any) -> Any:
    """Descriptions without the indentation of the source: Python 3.13 strips it, 3.11 does not."""
    match found:
        case dict():
            return {name: _clean(value) for name, value in found.items()}
        case list():
            return [_clean(value) for value in found]
        case str():
            return inspect.cleandoc(found) if "\n" in found else found
        case _:
            return found
