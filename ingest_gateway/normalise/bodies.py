"""Bodies of requests and responses: JSON re-encoded, forms decoded, uploads as names and sizes."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

import re2

from ingest_gateway.decode import FAULTS, loads
from ingest_gateway.normalise.free import pruned
from ingest_gateway.normalise.shapes import pairs
from ingest_gateway.normalise.text import Json, Texts, compact, plain
from schemas.error_event import Body

CAP: Final = 16_384
WHERE: Final = "body"
BINARY: Final = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/octet-stream",
    "application/zip",
    "application/pdf",
)
PART: Final = re2.compile(
    r'(?i)content-disposition:[^\n]*?\bname="?([^"\n;]{1,128})"?(?:[^\n]*?filename="?([^"\n;]{1,128}))?'
)


def body(value: Json, content_type: str, texts: Texts) -> Body | None:
    """`content_type` decides; without it, what parses as an object or list is JSON."""
    if value is None or value == "":
        return None
    kind = content_type.partition(";")[0].strip().lower()
    size = len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else len(plain(value))
    if kind.startswith(BINARY) and isinstance(value, str):
        return Body(original_bytes=size)
    if kind.startswith("multipart/"):
        return _body(compact(_parts(value, content_type)), "multipart", size, texts)
    if kind == "application/x-www-form-urlencoded":
        return _body(compact(_form(value)), "form", size, texts)
    if isinstance(value, str):
        return _text(value, size, texts)
    return _body(compact(pruned(value, texts.notes)), "json", size, texts)


def _body(text: str, kind: str, size: int, texts: Texts) -> Body:
    return Body(text=texts.take(text, CAP, WHERE), kind=kind, original_bytes=size)


def _text(value: str, size: int, texts: Texts) -> Body:
    if value.lstrip()[:1] in ("{", "["):
        parsed = parsed_json(value)
        if isinstance(parsed, dict | list):
            return _body(compact(pruned(parsed, texts.notes)), "json", size, texts)
    return _body(value, "text", size, texts)


def parsed_json(text: str) -> Json:
    """The JSON in `text`, or None."""
    try:
        return loads(text.encode("utf-8", "replace"))
    except (RecursionError, *FAULTS):
        return None


def _form(value: Json) -> list[list[str]]:
    if isinstance(value, str):
        try:
            return [list(pair) for pair in parse_qsl(value[: 4 * CAP], keep_blank_values=True, errors="replace")]
        except ValueError:
            return [["", value]]
    return [[plain(name), plain(text)] for name, text in _flat(value)]


def _flat(value: Json) -> Iterable[tuple[Json, Json]]:
    """Frameworks give `{name: [value, ..]}`: one pair each."""
    for name, given in pairs(value):
        yield from ((name, each) for each in (given if isinstance(given, list) else [given]))


def _parts(value: Json, content_type: str) -> list[list[str]]:
    """Names and sizes; the content of an upload is never kept."""
    if not isinstance(value, str):
        return [[plain(name), f"{len(plain(text))} bytes"] for name, text in pairs(value)]
    mark = content_type.partition("boundary=")[2].partition(";")[0].strip('" ')
    found = []
    for part in value.split(f"--{mark}") if mark else [value]:
        named = PART.search(part)
        if named is not None:
            name, file = named.group(1), named.group(2) or ""
            content = part.replace("\r\n", "\n").partition("\n\n")[2].strip("\n")
            found.append([name, f"{file} {len(content.encode('utf-8', 'replace'))} bytes".strip()])
    return found
