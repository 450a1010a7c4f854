"""OTLP in protobuf, by OpenTelemetry's own generated classes."""

from collections.abc import Iterable
from typing import Final

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as RawLog
from opentelemetry.proto.trace.v1.trace_pb2 import Span as RawSpan

from ingest_gateway.normalise.text import Json, Object
from ingest_gateway.otlp.signals import LogRecord, Origin, Signals, Span, SpanEvent
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

FAULTS: Final = (DecodeError, RecursionError, UnicodeDecodeError, ValueError)


def traces(body: bytes) -> Kept[Signals] | Rejected:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except FAULTS:
        return Rejected(Reason.BAD_FRAMING, "the body is no ExportTraceServiceRequest")
    spans = [
        _span(Origin(resource=attributes(group.resource.attributes), scope=scoped.scope.name), span)
        for group in request.resource_spans
        for scoped in group.scope_spans
        for span in scoped.spans
    ]
    return Kept(Signals(spans=tuple(spans)))


def logs(body: bytes) -> Kept[Signals] | Rejected:
    request = ExportLogsServiceRequest()
    try:
        request.ParseFromString(body)
    except FAULTS:
        return Rejected(Reason.BAD_FRAMING, "the body is no ExportLogsServiceRequest")
    found = [
        _log(Origin(resource=attributes(group.resource.attributes), scope=scoped.scope.name), log)
        for group in request.resource_logs
        for scoped in group.scope_logs
        for log in scoped.log_records
    ]
    return Kept(Signals(logs=tuple(found)))


def _span(origin: Origin, raw: RawSpan) -> Span:
    return Span(
        origin=origin,
        trace_id=raw.trace_id.hex(),
        span_id=raw.span_id.hex(),
        parent_span_id=raw.parent_span_id.hex(),
        name=raw.name,
        attributes=attributes(raw.attributes),
        events=tuple(
            SpanEvent(name=each.name, at_ns=each.time_unix_nano, attributes=attributes(each.attributes))
            for each in raw.events
        ),
    )


def _log(origin: Origin, raw: RawLog) -> LogRecord:
    return LogRecord(
        origin=origin,
        at_ns=raw.time_unix_nano or raw.observed_time_unix_nano,
        severity=raw.severity_number,
        body=value_of(raw.body),
        attributes=attributes(raw.attributes),
        trace_id=raw.trace_id.hex(),
        span_id=raw.span_id.hex(),
    )


def attributes(pairs: Iterable[KeyValue]) -> Object:
    return {pair.key: value_of(pair.value) for pair in pairs}


def value_of(value: AnyValue) -> Json:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [value_of(each) for each in value.array_value.values]
        case "kvlist_value":
            return attributes(value.kvlist_value.values)
        case "bytes_value":
            found: Json = value.bytes_value.hex()
            return found
        case kind:
            return _scalar(value, kind)


def _scalar(value: AnyValue, kind: str) -> Json:
    found: Json = getattr(value, kind)
    return found
