"""Spans and log records to events: exceptions, and logs of level error and above. All else is counted."""

import hashlib
from collections import Counter
from typing import Final

from ingest_gateway.normalise.shapes import first, obj
from ingest_gateway.normalise.text import Json, Object, compact, plain
from ingest_gateway.otlp import attributes
from ingest_gateway.otlp.signals import LogRecord, Origin, Signals, Span, SpanEvent
from ingest_gateway.reports import Report
from ingest_gateway.stack_text.parse import parse
from ingest_gateway.stack_text.parsed import qualified
from schemas.kinds import Door

EXCEPTION: Final = "exception"
MARK: Final = "exception."
ERROR: Final = 17
LEVELS: Final = ((9, "debug"), (13, "info"), (17, "warning"), (21, "error"))


class Reader:
    """Of one request. Equal errors in it are told apart by their number; the same in another request is the same."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.seen: Counter[str] = Counter()
        self.dropped = 0

    def reports(self, signals: Signals) -> tuple[Report, ...]:
        found: list[Report] = []
        for span in signals.spans:
            events = [each for each in span.events if each.name == EXCEPTION]
            self.dropped += not events
            found += [self.of_span(span, each) for each in events]
        for log in signals.logs:
            failed = any(name.startswith(MARK) for name in log.attributes)
            self.dropped += not failed and log.severity < ERROR
            if failed or log.severity >= ERROR:
                found.append(self.of_log(log, failed))
        return tuple(found)

    def of_span(self, span: Span, event: SpanEvent) -> Report:
        trace = {"trace_id": span.trace_id, "span_id": span.span_id, "parent_span_id": span.parent_span_id}
        found = common(span.origin, span.attributes | event.attributes) | trace
        found |= {"transaction": span.name, "timestamp": event.at_ns or None}
        found |= raised(event.attributes, span.attributes | event.attributes, plain(found["platform"]))
        return self.report(found, event.attributes, event.at_ns, 0)

    def of_log(self, log: LogRecord, failed: bool) -> Report:
        found = common(log.origin, log.attributes)
        found |= {"trace_id": log.trace_id, "span_id": log.span_id, "timestamp": log.at_ns or None}
        found |= {"level": level(log.severity), "message": body_text(log.body)}
        if failed:
            found |= raised(log.attributes, log.attributes, plain(found["platform"]))
        return self.report(found, log.attributes, log.at_ns, log.severity)

    def report(self, event: Object, given: Object, at_ns: int, severity: int) -> Report:
        """The id is the same for a span event and a log record of one error, and for a retried export."""
        kind = plain(given.get("exception.type"))
        said = plain(given.get("exception.message")) if kind else plain(event.get("message"))
        trace_id, span_id = plain(event.get("trace_id")), plain(event.get("span_id"))
        if trace_id:
            parts = [str(self.project_id), trace_id, span_id, kind, said, crash_frame(event)]
            self.seen["|".join(parts)] += 1
            parts.append(str(self.seen["|".join(parts)] - 1))
        else:
            parts = [str(self.project_id), plain(event.get("service")), str(at_ns), str(severity), kind, said]
        event_id = hashlib.sha256("|".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return Report(door=Door.OTLP, value=event, event_id=event_id)


def common(origin: Origin, given: Object) -> Object:
    return attributes.named(origin.resource) | {
        "platform": attributes.platform(origin.resource),
        "logger": origin.scope,
        "user": attributes.user(given),
        "session_id": given.get("session.id"),
        "request": attributes.request(given),
        "response": attributes.response(given),
        "extra": attributes.rest(given),
        "contexts": {"otel": {"resource": origin.resource, "scope": origin.scope}},
    }


def raised(own: Object, given: Object, platform: str) -> Object:
    """The exception; its type is qualified in some languages, its stack is text, `escaped` does not say handled."""
    name = plain(own.get("exception.type"))
    module, kind = qualified(name) if platform in attributes.QUALIFIED else ("", name)
    text = own.get("exception.stacktrace")
    place = attributes.code_frame(given)
    stack: Json = text or ({"frames": [place]} if place else None)
    value = plain(own.get("exception.message"))
    return {"exception": {"values": [{"type": kind, "module": module, "value": value, "stacktrace": stack}]}}


def crash_frame(event: Object) -> str:
    """The innermost frame of the last exception; it tells two errors of one span apart."""
    values = obj(event.get("exception")).get("values")
    stack = obj(values[-1]).get("stacktrace") if isinstance(values, list) and values else None
    if isinstance(stack, str):
        found = parse(stack, plain(event.get("platform")))
        frames = found[-1].frames[-1:] if found else ()
        return compact(frames[0]) if frames else stack[:200]
    return compact(first(obj(stack), "frames"))


def level(severity: int) -> str:
    for below, name in LEVELS:
        if severity < below:
            return name if severity else "error"
    return "fatal"


def body_text(body: Json) -> Json:
    """Text stays text; structured bodies say their message, else all."""
    if isinstance(body, dict):
        return first(body, "message", "msg") or compact(body)
    return body
