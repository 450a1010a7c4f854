"""A whole body to what it brings, by the way it came. Envelopes are read as they arrive (`envelope.py`)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ingest_gateway import caps
from ingest_gateway.browser_reports import brought_by_browser
from ingest_gateway.caps import Limits
from ingest_gateway.crashes import brought_by_crash
from ingest_gateway.native import brought_as_batch, brought_natively
from ingest_gateway.otlp.door import brought_as_logs, brought_as_metrics, brought_as_traces
from ingest_gateway.reports import Brought, Call
from ingest_gateway.routes import Way
from ingest_gateway.store import brought_to_store
from schemas.reasons import Reason
from schemas.verdict import Rejected

Read: TypeAlias = Callable[[bytes, Call], Brought]

READERS: Final[Mapping[Way, Read]] = {
    Way.STORE: brought_to_store,
    Way.NATIVE: brought_natively,
    Way.BATCH: brought_as_batch,
    Way.REPORT: brought_by_browser,
    Way.MINIDUMP: brought_by_crash,
    Way.TRACES: brought_as_traces,
    Way.LOGS: brought_as_logs,
    Way.METRICS: brought_as_metrics,
}
LIMITS: Final[Mapping[Way, Limits]] = {
    Way.ENVELOPE: caps.ENVELOPE,
    Way.STORE: caps.SINGLE,
    Way.NATIVE: caps.SINGLE,
    Way.REPORT: caps.SINGLE,
}


NO_XML: Final = frozenset({Way.NATIVE, Way.BATCH, Way.TRACES, Way.LOGS, Way.METRICS})


def limits(way: Way) -> Limits:
    return LIMITS.get(way, caps.BATCH)


def is_envelope(way: Way, content_type: str) -> bool:
    """An envelope on the store route says so by its type."""
    return way is Way.ENVELOPE or (way is Way.STORE and "x-sentry-envelope" in content_type)


def read(way: Way, body: bytes, call: Call) -> Brought:
    """Ways without a reader take anything: their bodies are counted, not kept."""
    if way in NO_XML and "xml" in call.content_type:
        return Brought(broken=Rejected(Reason.XML))
    reader = READERS.get(way)
    return Brought(counts={Reason.ITEM_DROPPED: 1}) if reader is None else reader(body, call)
