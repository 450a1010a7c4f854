"""OTLP: both encodings give the same events; ids are those of the error, not of the request."""

import json
from typing import Any

import msgspec
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from ingest_gateway.answer import accepted, refused
from ingest_gateway.directory import Admission
from ingest_gateway.otlp.door import brought_as_logs, brought_as_traces, spoken
from ingest_gateway.otlp.from_json import severity, value_of
from ingest_gateway.prepare import Moment, prepare
from ingest_gateway.reports import Brought, Call
from schemas.error_event import ErrorEvent
from schemas.kinds import Level
from schemas.reasons import Reason
from schemas.verdict import Kept
from tests.ingest_gateway.builders import NEW_ID, NOW

TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
ADMISSION = Admission(key_id="k", project_id=1, slug="project")
STACK = (
    'Traceback (most recent call last):\n  File "/app/pay.py", line 42, in run\n    pay()\nshop.PayError: no amount\n'
)
RESOURCE = {
    "service.name": "shop", "service.version": "2.4.1", "deployment.environment.name": "stage", "host.name": "web-1",
    "telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": "1.30",
}  # fmt: skip
EXCEPTION = {"exception.type": "shop.PayError", "exception.message": "no amount", "exception.stacktrace": STACK,
             "exception.escaped": "False"}  # fmt: skip
HTTP = {"http.request.method": "POST", "url.full": "https://shop.example/pay?a=1", "http.route": "/pay",
        "http.response.status_code": 500, "client.address": "10.0.0.9", "user_agent.original": "x",
        "enduser.id": "u7", "session.id": "s1", "basket": 12}  # fmt: skip


def any_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"stringValue": value}


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": any_value(value)} for name, value in values.items()]


def proto_pairs(values: dict[str, Any]) -> list[KeyValue]:
    made = {bool: "bool_value", int: "int_value", str: "string_value"}
    return [KeyValue(key=name, value=AnyValue(**{made[type(value)]: value})) for name, value in values.items()]


def traces_json(*events: dict[str, Any]) -> bytes:
    span = {"traceId": TRACE, "spanId": SPAN, "parentSpanId": PARENT, "name": "POST /pay", "attributes": pairs(HTTP),
            "events": [{"name": "exception", "timeUnixNano": str(NOW * 10**6), "attributes": pairs(each)}
                       for each in events]}  # fmt: skip
    scoped = {"scope": {"name": "shop.web"}, "spans": [span, {"traceId": TRACE, "spanId": PARENT, "name": "fine"}]}
    return json.dumps(
        {"resourceSpans": [{"resource": {"attributes": pairs(RESOURCE)}, "scopeSpans": [scoped]}]}
    ).encode()


def traces_protobuf(*events: dict[str, Any]) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(proto_pairs(RESOURCE))
    scoped = group.scope_spans.add()
    scoped.scope.name = "shop.web"
    span = scoped.spans.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(SPAN), name="POST /pay",
                            parent_span_id=bytes.fromhex(PARENT), attributes=proto_pairs(HTTP))  # fmt: skip
    for each in events:
        span.events.add(name="exception", time_unix_nano=NOW * 10**6, attributes=proto_pairs(each))
    scoped.spans.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(PARENT), name="fine")
    return bytes(request.SerializeToString())


def logs_json(*records: dict[str, Any]) -> bytes:
    scoped = {"scope": {"name": "shop.log"}, "logRecords": list(records)}
    return json.dumps({"resourceLogs": [{"resource": {"attributes": pairs(RESOURCE)}, "scopeLogs": [scoped]}]}).encode()


def call(kind: str) -> Call:
    return Call(admission=ADMISSION, content_type=kind)


def events_of(brought: Brought) -> list[ErrorEvent]:
    found = []
    for report in brought.reports:
        verdict = prepare(report, ADMISSION, Moment(NOW, "", lambda: NEW_ID))
        assert isinstance(verdict, Kept)
        found.append(msgspec.json.decode(verdict.value.value, type=ErrorEvent))
    return found


def test_a_span_event_in_both_encodings_is_one_event() -> None:
    by_json = brought_as_traces(traces_json(EXCEPTION), call("application/json"))
    by_protobuf = brought_as_traces(traces_protobuf(EXCEPTION), call("application/x-protobuf"))
    assert events_of(by_json) == events_of(by_protobuf)
    assert by_json.counts == {"item_dropped": 1}


def test_what_a_span_event_becomes() -> None:
    (event,) = events_of(brought_as_traces(traces_json(EXCEPTION), call("application/json")))
    (exception,) = event.exceptions
    assert (exception.type, exception.module, exception.value, exception.stack_from) == (
        "PayError", "shop", "no amount", "text",
    )  # fmt: skip
    assert [(frame.function, frame.lineno) for frame in exception.frames] == [("run", 42)]
    assert (event.service, event.release, event.environment, event.server_name, event.platform) == (
        "shop", "2.4.1", "stage", "web-1", "python",
    )  # fmt: skip
    assert (event.trace_id, event.span_id, event.parent_span_id, event.transaction) == (
        TRACE,
        SPAN,
        PARENT,
        "POST /pay",
    )
    assert (event.logger, event.session_id, event.handled, event.occurred_at) == ("shop.web", "s1", None, NOW)
    assert event.request is not None
    assert (event.request.method, event.request.url, event.request.route, event.request.query) == (
        "POST", "https://shop.example/pay", "/pay", (("a", "1"),),
    )  # fmt: skip
    assert (event.response and event.response.status, event.user and event.user.id) == (500, "u7")
    assert msgspec.json.decode(event.extra)["basket"] == 12  # type: ignore[arg-type]


def test_one_error_as_span_event_and_as_log_record_has_one_id() -> None:
    log = {"timeUnixNano": str(NOW * 10**6), "severityNumber": 17, "traceId": TRACE, "spanId": SPAN,
           "body": {"stringValue": "payment failed"}, "attributes": pairs(EXCEPTION)}  # fmt: skip
    (span_event,) = events_of(brought_as_traces(traces_json(EXCEPTION), call("application/json")))
    (log_event,) = events_of(brought_as_logs(logs_json(log), call("application/json")))
    assert span_event.event_id == log_event.event_id
    assert log_event.message is not None
    assert log_event.message.formatted == "payment failed"


def test_equal_errors_of_one_request_are_told_apart_and_a_repeat_is_not() -> None:
    first = events_of(brought_as_traces(traces_json(EXCEPTION, EXCEPTION), call("application/json")))
    again = events_of(brought_as_traces(traces_json(EXCEPTION, EXCEPTION), call("application/json")))
    assert len({event.event_id for event in first}) == 2
    assert [event.event_id for event in first] == [event.event_id for event in again]


@pytest.mark.parametrize(
    ("record", "kept", "level"),
    [
        pytest.param({"severityNumber": 17, "body": {"stringValue": "x"}}, 1, Level.ERROR, id="an error"),
        pytest.param({"severityNumber": 21, "body": {"stringValue": "x"}}, 1, Level.FATAL, id="a fatal one"),
        pytest.param({"severityNumber": 13, "body": {"stringValue": "x"}}, 0, None, id="a warning is counted"),
        pytest.param({"severityText": "ERROR", "body": {"stringValue": "x"}}, 1, Level.ERROR, id="only its text"),
        pytest.param({"severityNumber": "SEVERITY_NUMBER_ERROR2", "body": {"stringValue": "x"}}, 1, Level.ERROR,
                     id="by the name of the enum"),
        pytest.param({"severityNumber": 9, "attributes": pairs({"exception.message": "m"})}, 1, Level.INFO,
                     id="any attribute of an exception"),
        pytest.param({"body": {"stringValue": "x"}}, 0, None, id="without a severity"),
    ],
)  # fmt: skip
def test_log_records(record: dict[str, Any], kept: int, level: Level | None) -> None:
    found = events_of(brought_as_logs(logs_json(record), call("application/json")))
    assert [event.level for event in found] == [level] * kept


def test_a_structured_body() -> None:
    body = {"kvlistValue": {"values": pairs({"message": "paid twice", "n": 2})}}
    (event,) = events_of(brought_as_logs(logs_json({"severityNumber": 17, "body": body}), call("application/json")))
    assert event.message is not None
    assert event.message.formatted == "paid twice"


def test_logs_in_protobuf() -> None:
    request = ExportLogsServiceRequest()
    record = (
        request.resource_logs.add().scope_logs.add().log_records.add(severity_number=17, time_unix_nano=NOW * 10**6)
    )
    record.body.string_value = "boom"
    (event,) = events_of(brought_as_logs(request.SerializeToString(), call("application/x-protobuf")))
    assert (event.message and event.message.formatted, event.service) == ("boom", "project")


def test_code_attributes_are_the_innermost_frame_without_a_stack() -> None:
    given = {"exception.type": "PayError", "code.function": "run", "code.namespace": "shop.pay", "code.lineno": 5}
    (event,) = events_of(brought_as_traces(traces_json(given), call("application/json")))
    frame = event.exceptions[0].frames[0]
    assert (frame.module, frame.function, frame.lineno) == ("shop.pay", "run", 5)


@pytest.mark.parametrize("kind", ["application/x-protobuf", "application/json"])
@pytest.mark.parametrize("body", [b"\xff\xff\xff", b"nope"], ids=["bytes", "text"])
def test_nonsense_is_refused(kind: str, body: bytes) -> None:
    assert brought_as_traces(body, call(kind)).broken is not None


def test_answers_in_the_encoding_of_the_request() -> None:
    good, bad = accepted(""), refused(Reason.UNAVAILABLE)
    assert spoken(good, as_json=True, rejected=0, logs=False).body == b"{}"
    assert spoken(good, as_json=False, rejected=0, logs=False).body == b""
    partial = ExportTraceServiceResponse.FromString(spoken(good, as_json=False, rejected=300, logs=False).body)
    assert partial.partial_success.rejected_spans == 300
    told = ExportLogsServiceResponse.FromString(spoken(good, as_json=False, rejected=2, logs=True).body)
    assert told.partial_success.rejected_log_records == 2
    assert json.loads(spoken(bad, as_json=True, rejected=0, logs=False).body) == {"code": 14, "message": "unavailable"}
    assert spoken(bad, as_json=False, rejected=0, logs=False).body == b"\x08\x0e\x12\x0bunavailable"


@pytest.mark.parametrize(
    ("number", "text", "found"),
    [
        (17, "", 17),
        ("18", "", 18),
        ("SEVERITY_NUMBER_FATAL4", "", 24),
        (None, "warning", 13),
        (None, "odd", 0),
        (99, "", 0),
    ],
)
def test_severity(number: Any, text: str, found: int) -> None:
    assert severity(number, text) == found


def test_values_of_any_kind() -> None:
    nested = {"arrayValue": {"values": [{"intValue": "5"}, {"kvlistValue": {"values": [{"key": "a", "value": {}}]}}]}}
    assert value_of(nested) == [5, {"a": None}]
