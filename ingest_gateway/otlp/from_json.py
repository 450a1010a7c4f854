"""OTLP in JSON: ids are hex, int64 come as numbers or text, enums as numbers or names. Not protobuf's own mapping."""

from collections.abc import Iterator
from typing import Final

from ingest_gateway.normalise.shapes import first, obj, whole
from ingest_gateway.normalise.text import Json, Object, plain
from ingest_gateway.otlp.signals import LogRecord, Origin, Signals, Span, SpanEvent

SEVERITIES: Final = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}
PREFIX: Final = "SEVERITY_NUMBER_"
DEPTH: Final = 8


def signals(request: Object) -> Signals:
    spans = tuple(
        _span(origin, span) for origin, span in _members(request, ("resourceSpans", "resource_spans"), SPAN_NAMES)
    )
    logs = tuple(_log(origin, log) for origin, log in _members(request, ("resourceLogs", "resource_logs"), LOG_NAMES))
    return Signals(spans=spans, logs=logs)


SPAN_NAMES: Final = (("scopeSpans", "scope_spans", "instrumentationLibrarySpans"), ("spans",))
LOG_NAMES: Final = (("scopeLogs", "scope_logs", "instrumentationLibraryLogs"), ("logRecords", "log_records", "logs"))


def _members(
    request: Object, top: tuple[str, ...], names: tuple[tuple[str, ...], tuple[str, ...]]
) -> Iterator[tuple[Origin, Object]]:
    for group in _objects(first(request, *top)):
        resource = attributes(obj(group.get("resource")).get("attributes"))
        for scoped in _objects(first(group, *names[0])):
            scope = obj(first(scoped, "scope", "instrumentationLibrary"))
            origin = Origin(resource=resource, scope=plain(scope.get("name")))
            yield from ((origin, member) for member in _objects(first(scoped, *names[1])))


def _objects(value: Json) -> list[Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _span(origin: Origin, raw: Object) -> Span:
    return Span(
        origin=origin,
        trace_id=_id(raw, "traceId", "trace_id"),
        span_id=_id(raw, "spanId", "span_id"),
        parent_span_id=_id(raw, "parentSpanId", "parent_span_id"),
        name=plain(raw.get("name")),
        attributes=attributes(raw.get("attributes")),
        events=tuple(_event(each) for each in _objects(raw.get("events"))),
    )


def _event(raw: Object) -> SpanEvent:
    at = whole(first(raw, "timeUnixNano", "time_unix_nano")) or 0
    return SpanEvent(name=plain(raw.get("name")), at_ns=at, attributes=attributes(raw.get("attributes")))


def _log(origin: Origin, raw: Object) -> LogRecord:
    at = whole(first(raw, "timeUnixNano", "time_unix_nano"))
    return LogRecord(
        origin=origin,
        at_ns=at or whole(first(raw, "observedTimeUnixNano", "observed_time_unix_nano")) or 0,
        severity=severity(first(raw, "severityNumber", "severity_number"), first(raw, "severityText", "severity_text")),
        body=value_of(raw.get("body")),
        attributes=attributes(raw.get("attributes")),
        trace_id=_id(raw, "traceId", "trace_id"),
        span_id=_id(raw, "spanId", "span_id"),
    )


def severity(number: Json, text: Json) -> int:
    """By number, by the name of the enum (`SEVERITY_NUMBER_ERROR2`), else by the text that goes with it."""
    found = whole(number, 24)
    if found:
        return found
    word = plain(number).removeprefix(PREFIX) or plain(text).upper()
    name = word.rstrip("234").replace("WARNING", "WARN")
    step = int(word[len(word.rstrip("234")) :] or 1)
    return SEVERITIES[name] + step - 1 if name in SEVERITIES and step < 5 else 0


def attributes(value: Json) -> Object:
    """`[{key, value: {stringValue ..}}]` as an object; an object is taken as it is."""
    if isinstance(value, dict):
        return value
    return {plain(each.get("key")): value_of(each.get("value")) for each in _objects(value)}


def value_of(raw: Json, depth: int = 0) -> Json:
    """An AnyValue as JSON; what is none is what it is."""
    if not isinstance(raw, dict) or depth > DEPTH:
        return raw
    for name, given in raw.items():
        match name:
            case "stringValue" | "string_value" | "bytesValue" | "bytes_value" | "boolValue" | "bool_value":
                return given
            case "intValue" | "int_value":
                return int(given) if isinstance(given, str) and given.lstrip("-").isdecimal() else given
            case "doubleValue" | "double_value":
                return given
            case "arrayValue" | "array_value":
                return [value_of(each, depth + 1) for each in _objects(obj(given).get("values"))]
            case "kvlistValue" | "kvlist_value":
                pairs = _objects(obj(given).get("values"))
                return {plain(each.get("key")): value_of(each.get("value"), depth + 1) for each in pairs}
            case _:
                pass
    return raw or None


def _id(raw: Object, *names: str) -> str:
    return plain(first(raw, *names)).lower()
