"""Free JSON, and text that holds JSON: secrets by name and by shape, two levels of JSON in text deep."""

from typing import Final

import msgspec

from domain.scrub_patterns import FILTERED, numbers_stay
from ingest_gateway.decode import FAULTS, loads
from ingest_gateway.normalise.text import Json, Object, compact
from ingest_gateway.scrub.scrubber import TEXT, Scrubber, Tally

LEVELS: Final = 2
CARD_FROM: Final = 10**12  # a number below has too few digits to be a card


class FreeText:
    """Scrubs the free parts of one event and counts what went."""

    def __init__(self, scrubber: Scrubber, tally: Tally) -> None:
        self.scrubber = scrubber
        self.tally = tally

    def text(self, value: str, level: int = 0) -> str:
        """A text that may be JSON itself."""
        if level < LEVELS and value[:1] in ("{", "[") and value[-1:] in ("}", "]"):
            parsed = _parsed(value)
            if isinstance(parsed, dict | list):
                walked = self.json(parsed, "", level + 1)
                return value if walked == parsed else compact(walked)
        return self.scrubber.text(value, self.tally, TEXT)

    def json(self, value: Json, path: str, level: int = 0) -> Json:
        if isinstance(value, str):
            return self.text(value, level)
        if isinstance(value, dict):
            return self.object(value, path, level)
        if isinstance(value, list):
            return self.array(value, path, level)
        if type(value) is int and value >= CARD_FROM:
            return self.number(value)
        return value

    def number(self, value: int) -> Json:
        text = str(value)
        changed = self.scrubber.text(text, self.tally)
        return value if changed == text else changed

    def object(self, value: Object, path: str, level: int) -> Object:
        return dict(self.entry(name, given, path, level) for name, given in value.items())

    def entry(self, name: str, value: Json, path: str, level: int) -> tuple[str, Json]:
        """The value is judged by the name as it is left: `[iban]` is a secret's name too."""
        left = self.name(name)
        return left, self.named(left, value, path, level)

    def array(self, value: list[Json], path: str, level: int) -> list[Json]:
        """Lists of pairs are read as names with values."""
        return [self.pair(each, path, level) if _is_pair(each) else self.json(each, path, level) for each in value]

    def pair(self, value: Json, path: str, level: int) -> Json:
        if not isinstance(value, list) or not isinstance(value[0], str):
            return value
        return list(self.entry(value[0], value[1], path, level))

    def name(self, name: str) -> str:
        return self.scrubber.text(name, self.tally)

    def named(self, name: str, value: Json, path: str, level: int) -> Json:
        """A value under a name; the whole of it goes when the name is a secret's."""
        place = f"{path}.{name}"
        if self.scrubber.secret_name(name) and not self.excluded(place):
            return self.whole(name, value)
        return self.json(value, place, level)

    def whole(self, name: str, value: Json) -> Json:
        """Booleans and nothing stay, numbers under `token` and `session` too."""
        if value is None or isinstance(value, bool) or value in ("", FILTERED, [], {}):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false", "none", "null"):
            return value
        if numbers_stay(name) and _number(value):
            return value
        self.tally.add("key")
        return FILTERED

    def excluded(self, place: str) -> bool:
        """Whether the project's settings leave this place, or one above it, alone."""
        return any(place == path or place.startswith(path + ".") for path in self.scrubber.excluded)

    def pairs(self, value: tuple[tuple[str, str], ...], path: str) -> tuple[tuple[str, str], ...]:
        return tuple(self.text_entry(name, text, path) for name, text in value)

    def mapping(self, value: dict[str, str], path: str) -> dict[str, str]:
        return dict(self.text_entry(name, text, path) for name, text in value.items())

    def text_entry(self, name: str, value: str, path: str) -> tuple[str, str]:
        left = self.name(name)
        return left, self.named_text(left, value, path)

    def named_text(self, name: str, value: str, path: str) -> str:
        found = self.named(name, value, path, 0)
        return found if isinstance(found, str) else FILTERED

    def raw(self, value: msgspec.Raw, path: str) -> msgspec.Raw:
        parsed = _parsed(bytes(value).decode())
        walked = self.json(parsed, path)
        return value if walked == parsed else msgspec.Raw(compact(walked).encode("utf-8", "replace"))


def _parsed(text: str) -> Json:
    try:
        return loads(text.encode())
    except (RecursionError, *FAULTS):
        return None


def _is_pair(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _number(value: Json) -> bool:
    if isinstance(value, str):
        return value.replace(".", "", 1).lstrip("-").isdecimal()
    return isinstance(value, int | float)
