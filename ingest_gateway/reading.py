"""A whole body to what it brings, by the way it came. Envelopes are read as they arrive (`envelope.py`)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ingest_gateway import caps
from ingest_gateway.caps import Limits
from ingest_gateway.native import brought_natively
from ingest_gateway.reports import Brought
from ingest_gateway.routes import Way
from ingest_gateway.store import brought_to_store

Read: TypeAlias = Callable[[bytes], Brought]

READERS: Final[Mapping[Way, Read]] = {
    Way.STORE: brought_to_store,
    Way.NATIVE: brought_natively,
}
LIMITS: Final[Mapping[Way, Limits]] = {
    Way.ENVELOPE: caps.ENVELOPE,
    Way.STORE: caps.SINGLE,
    Way.NATIVE: caps.SINGLE,
}


def limits(way: Way) -> Limits:
    return LIMITS.get(way, caps.BATCH)


def is_envelope(way: Way, content_type: str) -> bool:
    """An envelope on the store route says so by its type."""
    return way is Way.ENVELOPE or (way is Way.STORE and "x-sentry-envelope" in content_type)


def read(way: Way, body: bytes) -> Brought:
    """Ways without a reader take anything: their bodies are not kept."""
    reader = READERS.get(way)
    return Brought() if reader is None else reader(body)
