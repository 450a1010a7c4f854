"""The short fields of an event: release, environment, service, ids, SDK, images, fingerprint."""

from typing import Final

from ingest_gateway.normalise.shapes import listed, obj, whole
from ingest_gateway.normalise.text import Json, Object, Texts
from schemas.error_event import DebugImage

HEX: Final = frozenset("0123456789abcdef")
MAX_IMAGES: Final = 100
MAX_PARTS: Final = 8


def event_id(value: Json) -> str:
    """32 lower hex of any spelling of a UUID; empty when it is none."""
    if not isinstance(value, str) or len(value) > 64:
        return ""
    word = value.strip().strip("{}").replace("-", "").lower()
    return word if is_hex(word, 32) else ""


def is_hex(word: str, length: int) -> bool:
    return len(word) == length and word.isascii() and HEX.issuperset(word)


def release(value: Json, texts: Texts) -> str:
    """Empty with control characters or slashes, or without anything but dots and blanks."""
    return _named(value, 200, "release", texts)


def environment(value: Json, texts: Texts) -> str:
    word = _named(value, 64, "environment", texts)
    return "" if word == "None" else word


def _named(value: Json, cap: int, where: str, texts: Texts) -> str:
    word = texts.word(value, cap, where)
    if word and ("/" in word or "\\" in word or "\ufffd" in word or not word.isprintable() or not word.strip(". ")):
        texts.notes.add("refused", where)
        return ""
    return word


def sdk(value: Json, texts: Texts) -> str:
    """`name/version`; the envelope's and the event's have the same shape."""
    if isinstance(value, str):
        return texts.word(value, 64, "sdk")
    name = texts.word(obj(value).get("name"), 64, "sdk")
    version = texts.word(obj(value).get("version"), 32, "sdk")
    return texts.take(f"{name}/{version}" if name and version else name, 64, "sdk")


def fingerprint(value: Json, texts: Texts) -> tuple[str, ...]:
    """The client's parts, 8 of 128 bytes; numbers and booleans are text, nulls go."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return ()
    if len(value) > MAX_PARTS:
        texts.notes.add("count", "fingerprint", len(value) - MAX_PARTS)
    return tuple(texts.take(part, 128, "fingerprint") for part in value[:MAX_PARTS] if part is not None)


def images(event: Object, texts: Texts) -> tuple[DebugImage, ...]:
    """Binaries and source maps that the frames may point into."""
    found = obj(event.get("debug_meta")).get("images")
    raw = [each for each in listed(found) if isinstance(each, dict)]
    if len(raw) > MAX_IMAGES:
        texts.notes.add("count", "debug_meta", len(raw) - MAX_IMAGES)
    return tuple(_image(each, texts) for each in raw[:MAX_IMAGES])


def _image(raw: Object, texts: Texts) -> DebugImage:
    return DebugImage(
        type=texts.word(raw.get("type"), 32, "image.type"),
        debug_id=texts.word(raw.get("debug_id") or raw.get("uuid"), 64, "image.debug_id"),
        code_file=texts.take(raw.get("code_file") or raw.get("name"), 512, "image.code_file"),
        image_addr=texts.take(raw.get("image_addr"), 18, "image.image_addr"),
        image_size=whole(raw.get("image_size")) or 0,
    )
