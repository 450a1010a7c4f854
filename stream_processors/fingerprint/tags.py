"""The tags of an event that its project names: from its tags, else from what the client says of its surroundings."""

import functools
from typing import Final

import msgspec
from msgspec import Raw

from stream_processors.fingerprint.incoming import SlimEvent

MAX_TAGS: Final = 12
MAX_NAME: Final = 32
MAX_VALUE: Final = 64
MAX_BYTES: Final = 512  # of all together
MAX_CONTEXTS: Final = 8_192  # bytes: larger ones are rare and not worth remembering
MAX_MEMO: Final = 1_024
SURROUNDINGS: Final = frozenset({"browser", "os", "device", "runtime"})


class Named(msgspec.Struct, frozen=True):
    name: str = ""
    version: str = ""
    model: str = ""
    family: str = ""


class Contexts(msgspec.Struct, frozen=True):
    browser: Raw = Raw(b"{}")
    os: Raw = Raw(b"{}")
    device: Raw = Raw(b"{}")
    runtime: Raw = Raw(b"{}")


_CONTEXTS: Final = msgspec.json.Decoder(Contexts)
_NAMED: Final = msgspec.json.Decoder(Named)


def kept_tags(event: SlimEvent) -> dict[str, str]:
    """As many as fit, in the project's order."""
    found: dict[str, str] = {}
    room = MAX_BYTES
    for name in event.tag_keys[:MAX_TAGS]:
        value = tag(event, name)[:MAX_VALUE]
        size = len(name) + len(value.encode())
        if value and size <= room:
            found[name[:MAX_NAME]] = value
            room -= size
    return found


def tag(event: SlimEvent, name: str) -> str:
    if name in event.tags:
        return event.tags[name]
    if name == "server_name":
        return event.server_name
    if name == "url":
        return event.request.url if event.request is not None else ""
    if name in SURROUNDINGS and isinstance(event.contexts, Raw):
        return surroundings(event.contexts).get(name, "")
    return ""


def surroundings(raw: Raw) -> dict[str, str]:
    text = bytes(raw)
    return _remembered(text) if len(text) <= MAX_CONTEXTS else _read(text)


def _read(text: bytes) -> dict[str, str]:
    """What clients put there is free: a part that is not as expected says nothing."""
    try:
        found = _CONTEXTS.decode(text)
    except msgspec.DecodeError:
        return {}
    parts = {name: _named(getattr(found, name)) for name in SURROUNDINGS}
    return {name: shown(name, part) for name, part in parts.items() if part is not None}


_remembered = functools.lru_cache(maxsize=MAX_MEMO)(_read)


def _named(raw: Raw) -> Named | None:
    try:
        return _NAMED.decode(raw)
    except msgspec.DecodeError:
        return None


def shown(name: str, part: Named) -> str:
    """`Chrome 126`, `Windows 10`, `iPhone15,2`: a version that changes with every build is cut to its first number."""
    if name == "device":
        return part.model or part.family or part.name
    version = part.version.split(".", 1)[0] if name == "browser" else part.version
    return f"{part.name} {version}".strip() if part.name else ""
