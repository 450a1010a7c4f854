"""DeadLetter: the value is the scrubbed original, whole; all else stands in Kafka headers."""

from collections.abc import Iterable

import msgspec

from schemas.record import Instant, Position


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers say. `detail` is for people and at most 2 KB."""

    dead_id: str
    at: Instant
    stage: str
    consumer: str
    topic: str
    source: Position
    reason: str
    detail: str = ""
    project_id: int = 0
    key: str = ""


def to_headers(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Header per field; `source` as four numbers joined by dots."""
    fields = msgspec.structs.asdict(letter)
    fields["source"] = ".".join(map(str, letter.source))
    return [(name, str(value).encode()) for name, value in fields.items()]


def from_headers(headers: Iterable[tuple[str, bytes | None]]) -> DeadLetter:
    """The inverse. Headers of the original stand behind ours: they are skipped, also under the same name."""
    names = DeadLetter.__struct_fields__
    found: dict[str, str] = {}
    for name, value in headers:
        if name in names:
            found.setdefault(name, (value or b"").decode())
    source = tuple(int(part) for part in found.pop("source").split("."))
    return msgspec.convert({**found, "source": source}, DeadLetter, strict=False)
