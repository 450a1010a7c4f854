"""OpenTelemetry's spans and log records as far as we read them, whatever encoding they came in."""

import msgspec

from ingest_gateway.normalise.text import Json, Object


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a group of spans or logs shares: attributes of its resource, name of its scope."""

    resource: Object
    scope: str = ""


class SpanEvent(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    at_ns: int
    attributes: Object


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Ids are lower hex, empty when absent."""

    origin: Origin
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    attributes: Object
    events: tuple[SpanEvent, ...] = ()


class LogRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`severity` 1 to 24, 0 when unknown; `body` is text or any JSON."""

    origin: Origin
    at_ns: int = 0
    severity: int = 0
    body: Json = None
    attributes: Object
    trace_id: str = ""
    span_id: str = ""


class Signals(msgspec.Struct, frozen=True, kw_only=True):
    spans: tuple[Span, ...] = ()
    logs: tuple[LogRecord, ...] = ()
