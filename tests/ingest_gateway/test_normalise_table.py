"""Every row of the normalisation table: what comes on the wire, and what it becomes."""

from typing import Any

import msgspec
import pytest

from schemas.error_event import ErrorEvent
from schemas.kinds import Level
from tests.ingest_gateway.builders import NEW_ID, NOW, an_exception, cuts_of, record_of, with_frames

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def types(record: ErrorEvent) -> list[str]:
    return [each.type for each in record.exceptions]


@pytest.mark.parametrize(
    ("exception", "found"),
    [
        pytest.param({"values": [{"type": "A"}, {"type": "B"}]}, ["A", "B"], id="values: cause first"),
        pytest.param([{"type": "A"}, {"type": "B"}], ["A", "B"], id="a bare list"),
        pytest.param({"type": "A", "value": "x"}, ["A"], id="one object"),
        pytest.param({"values": [None, {"type": "A"}, None]}, ["A"], id="nulls inside are dropped"),
        pytest.param({"values": [{"value": "x"}]}, ["Error"], id="an empty type is Error"),
        pytest.param({"values": []}, [], id="no exceptions at all"),
        pytest.param("boom", [], id="text is no exception"),
        pytest.param({"values": [{"type": f"T{n}"} for n in range(20)]},
                     ["T0", "T1", "T2", "T3", "T14", "T15", "T16", "T17", "T18", "T19"],
                     id="the first 4 and the last 6"),
        pytest.param({"type": "Box<java.lang.String>"}, ["Box"], id="types lose generics"),
        pytest.param({"type": "List`1[System.Int32]"}, ["List"], id="also .NET's"),
        pytest.param({"type": "Fault at 0x7ffe12ab"}, ["Fault at"], id="types lose addresses"),
        pytest.param({"type": "0xc0000005 / 0x00000000"}, ["crash"], id="raw crash codes are crash"),
        pytest.param({"type": "<unlabeled event>"}, ["<unlabeled event>"], id="a name in angle brackets stays"),
    ],
)  # fmt: skip
def test_exceptions(exception: Any, found: list[str]) -> None:
    assert types(record_of({"exception": exception})) == found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("bad", "bad", id="text"),
        pytest.param(None, "", id="null is empty"),
        pytest.param({"code": 5}, '{"code":5}', id="an object is compact JSON"),
        pytest.param(["a"], '["a"]', id="so is a list"),
        pytest.param(404, "404", id="a number is text"),
    ],
)
def test_value_of_an_exception(value: Any, text: str) -> None:
    assert record_of(an_exception(value=value)).exceptions[0].value == text


@pytest.mark.parametrize(
    "legacy", ["exception", "sentry.interfaces.Exception"], ids=["today's name", "the name of old clients"]
)
def test_names_of_the_exception(legacy: str) -> None:
    assert types(record_of({legacy: {"values": [{"type": "A"}]}})) == ["A"]


FRAME = {"function": "f", "filename": "a.py"}


@pytest.mark.parametrize(
    ("event", "source"),
    [
        pytest.param({"stacktrace": {"frames": [FRAME]}}, "thread", id="a stack at top level"),
        pytest.param({"threads": {"values": [{"id": 1, "current": True, "stacktrace": {"frames": [FRAME]}}]}},
                     "thread", id="the current thread's"),
        pytest.param({"threads": [{"id": 1, "stacktrace": {"frames": [{"function": "g"}]}},
                                  {"id": 2, "crashed": True, "stacktrace": {"frames": [FRAME]}}]},
                     "thread", id="the crashed thread's, of a bare list"),
    ],
)  # fmt: skip
def test_a_stack_that_stands_apart(event: dict[str, Any], source: str) -> None:
    primary = record_of(event | {"exception": {"values": [{"type": "A"}]}}).exceptions[-1]
    assert (primary.frames[0].function, primary.stack_from) == ("f", source)


def test_a_thread_does_not_replace_the_exceptions_own_stack() -> None:
    event = with_frames({"function": "own"}, threads=[{"crashed": True, "stacktrace": {"frames": [FRAME]}}])
    assert record_of(event).exceptions[0].frames[0].function == "own"


def test_a_message_with_a_stack_has_a_synthetic_exception_beside_it() -> None:
    event = {"message": "hi", "exception": {"values": [{"value": "hi", "stacktrace": {"frames": [FRAME]}}]}}
    record = record_of(event)
    assert (types(record), record.exceptions[0].synthetic, record.message and record.message.formatted) == (
        ["Message"], True, "hi",
    )  # fmt: skip


def test_a_message_with_a_thread_has_one_too() -> None:
    record = record_of({"message": "hi", "threads": {"values": [{"current": True, "stacktrace": {"frames": [FRAME]}}]}})
    assert (types(record), record.exceptions[0].synthetic) == (["Message"], True)


def test_reacts_boundary_is_synthetic() -> None:
    record = record_of({"exception": [{"type": "React ErrorBoundary TypeError"}, {"type": "TypeError"}]})
    assert [each.synthetic for each in record.exceptions] == [True, False]


@pytest.mark.parametrize(
    ("flags", "handled"),
    [
        pytest.param([True, False], False, id="false if any is false"),
        pytest.param([True, None], True, id="true if any is true"),
        pytest.param([None], None, id="unknown if none says it"),
        pytest.param(["false"], False, id="in words"),
        pytest.param([0], False, id="in numbers"),
        pytest.param([{}], None, id="an object says nothing"),
    ],
)
def test_handled(flags: list[Any], handled: bool | None) -> None:
    values = [{"type": "A", "mechanism": {"handled": flag}} for flag in flags]
    assert record_of({"exception": values}).handled is handled


def test_mechanism_is_kept() -> None:
    mechanism = {"type": "chained", "exception_id": 1, "parent_id": 0, "is_exception_group": True}
    found = record_of(an_exception(mechanism=mechanism)).exceptions[0]
    assert (found.mechanism, found.exception_id, found.parent_id, found.is_group) == ("chained", 1, 0, True)


def test_a_cycle_of_parents_is_cut() -> None:
    values = [{"type": f"T{n}", "mechanism": {"exception_id": n, "parent_id": 1 - n}} for n in (0, 1)]
    record = record_of({"exception": values})
    assert [each.parent_id for each in record.exceptions] == [None, None]
    assert cuts_of(record)["exception.parent_id"] == "cycle"


@pytest.mark.parametrize(
    ("event", "formatted", "template", "params"),
    [
        pytest.param({"message": "hi"}, "hi", "", (), id="text"),
        pytest.param({"logentry": {"message": "hi %s", "params": ["bob"]}}, "hi bob", "hi %s", ("bob",),
                     id="a template is filled"),
        pytest.param({"logentry": {"formatted": "hi bob", "message": "hi %s", "params": ["bob"]}},
                     "hi bob", "hi %s", ("bob",), id="formatted wins"),
        pytest.param({"message": {"formatted": "hi"}}, "hi", "", (), id="an object under message"),
        pytest.param({"logentry": {"message": "hi"}, "message": "other"}, "hi", "", (), id="logentry before message"),
        pytest.param({"sentry.interfaces.Message": {"message": "old"}}, "old", "", (), id="the legacy name"),
        pytest.param({"logentry": {"message": "n={n}", "params": {"n": 5}}}, "n=5", "n={n}", ("5",),
                     id="parameters by name"),
        pytest.param({"logentry": {"message": None}}, "(no message)", "", (), id="nothing at all is said so"),
        pytest.param({}, "(no message)", "", (), id="an empty event too"),
        pytest.param({"message": ["a", 1]}, '["a",1]', "", (), id="a list is compact JSON"),
    ],
)  # fmt: skip
def test_message(event: dict[str, Any], formatted: str, template: str, params: tuple[str, ...]) -> None:
    found = record_of(event).message
    assert found is not None
    assert (found.formatted, found.template, found.params) == (formatted, template, params)


@pytest.mark.parametrize("shape", [lambda crumbs: crumbs, lambda crumbs: {"values": crumbs}], ids=["a list", "values"])
def test_breadcrumbs_newest_hundred(shape: Any) -> None:
    crumbs = [{"timestamp": 1_777_888_000 + n, "message": str(n), "data": {"n": n}} for n in range(120)]
    found = record_of({"breadcrumbs": shape(crumbs)}).breadcrumbs
    assert (len(found), found[0].message, found[-1].message, found[0].data) == (100, "20", "119", {"n": "20"})


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        pytest.param("2026-05-04T10:00:00Z", NOW, id="ISO"),
        pytest.param(1_777_888_800.0, NOW, id="seconds"),
        pytest.param("soon", None, id="unreadable"),
    ],
)
def test_times_of_breadcrumbs(timestamp: Any, at: int | None) -> None:
    assert record_of({"breadcrumbs": [{"timestamp": timestamp}]}).breadcrumbs[0].at == at


def test_a_wrong_clock_shifts_breadcrumbs_too() -> None:
    day = 86_400_000
    event = {"timestamp": (NOW - day) / 1000, "breadcrumbs": [{"timestamp": (NOW - day - 5000) / 1000}]}
    assert record_of(event, sent_at=NOW - day).breadcrumbs[0].at == NOW - 5000


PAIRED = [
    pytest.param({"a": 1, "b": True, "c": None, "d": "x"}, id="an object"),
    pytest.param([["a", 1], ["b", True], ["c", None], ["d", "x"]], id="pairs"),
    pytest.param([{"key": "a", "value": 1}, {"key": "b", "value": True}, {"key": "c", "value": None},
                  {"key": "d", "value": "x"}], id="key and value"),
]  # fmt: skip


@pytest.mark.parametrize("shape", PAIRED)
def test_tags(shape: Any) -> None:
    assert record_of({"tags": shape}).tags == {"a": "1", "b": "true", "d": "x"}


def test_the_first_of_two_equal_tags_wins() -> None:
    assert record_of({"tags": [["a", "1"], ["a", "2"]]}).tags == {"a": "1"}


@pytest.mark.parametrize("shape", PAIRED)
def test_headers(shape: Any) -> None:
    request = record_of({"request": {"headers": shape, "url": "/"}}).request
    assert request is not None
    assert request.headers == (("a", "1"), ("b", "true"), ("c", ""), ("d", "x"))


def test_equal_headers_are_kept() -> None:
    request = record_of({"request": {"headers": [["X", "1"], ["X", "2"]], "url": "/"}}).request
    assert request is not None
    assert request.headers == (("X", "1"), ("X", "2"))


@pytest.mark.parametrize(
    ("cookies", "found"),
    [
        pytest.param("a=1; b=2", (("a", "1"), ("b", "2")), id="the header's text"),
        pytest.param({"a": "1"}, (("a", "1"),), id="an object"),
        pytest.param([["a", "1"]], (("a", "1"),), id="pairs"),
    ],
)
def test_cookies(cookies: Any, found: Any) -> None:
    request = record_of({"request": {"cookies": cookies, "url": "/"}}).request
    assert request is not None
    assert request.cookies == found


def test_reserved_tags_are_removed_and_fill_empty_fields() -> None:
    tags = {"release": "r1", "dist": "d1", "user": "u", "filename": "f", "function": "g",
            "environment": "stage", "server_name": "web", "service": "pay", "other": "x"}  # fmt: skip
    record = record_of({"tags": tags})
    assert record.tags == {"other": "x"}
    assert (record.release, record.environment, record.server_name, record.service) == ("r1", "stage", "web", "pay")


def test_a_field_wins_over_its_tag() -> None:
    assert record_of({"tags": {"environment": "stage"}, "environment": "prod"}).environment == "prod"


@pytest.mark.parametrize(
    ("level", "found"),
    [
        pytest.param("warn", Level.WARNING, id="warn"),
        pytest.param("critical", Level.FATAL, id="critical"),
        pytest.param("log", Level.INFO, id="log"),
        pytest.param("DEBUG", Level.DEBUG, id="upper case"),
        pytest.param(10, Level.DEBUG, id="10"),
        pytest.param(30, Level.WARNING, id="30"),
        pytest.param("50", Level.FATAL, id="50 as text"),
        pytest.param(45, Level.ERROR, id="45 is still an error"),
        pytest.param("loud", Level.ERROR, id="an unknown word"),
        pytest.param(None, Level.ERROR, id="none"),
        pytest.param({}, Level.ERROR, id="an object"),
        pytest.param(float("nan"), Level.ERROR, id="NaN"),
    ],
)
def test_level(level: Any, found: Level) -> None:
    assert record_of({"level": level}).level is found


@pytest.mark.parametrize(
    ("user", "arrival", "found"),
    [
        pytest.param("u7", {}, {"id": "u7"}, id="text is the id"),
        pytest.param({"id": 7}, {}, {"id": "7"}, id="a number as id"),
        pytest.param({"ip_address": "{{auto}}"}, {"peer": "10.1.2.3"}, {"ip": "10.1.2.3"}, id="auto is the peer"),
        pytest.param({"ip_address": "2001:db8:0::1"}, {}, {"ip": "2001:db8::1"}, id="an address in its short form"),
        pytest.param({"ip_address": "nonsense"}, {}, None, id="no address"),
        pytest.param({"name": "Bob", "data": {"plan": "pro"}}, {}, {"data": {"name": "Bob", "plan": "pro"}},
                     id="all else is data"),
        pytest.param({}, {"peer": "10.1.2.3"}, None, id="nobody"),
        pytest.param([1], {}, None, id="a list is nobody"),
    ],
)  # fmt: skip
def test_user(user: Any, arrival: dict[str, Any], found: dict[str, Any] | None) -> None:
    record = record_of({"user": user}, **arrival).user
    assert (None if record is None else msgspec.to_builtins(record)) == found


def test_the_sdk_may_ask_for_the_address() -> None:
    event = {"user": {"id": "u"}, "sdk": {"settings": {"infer_ip": "auto"}}}
    user = record_of(event, peer="10.1.2.3").user
    assert user is not None
    assert user.ip == "10.1.2.3"


@pytest.mark.parametrize(
    ("event", "trace"),
    [
        pytest.param({"contexts": {"trace": {"trace_id": TRACE, "span_id": SPAN}}}, (TRACE, SPAN, ""),
                     id="the context"),
        pytest.param({"trace_id": TRACE}, (TRACE, "", ""), id="top level"),
        pytest.param({"contexts": {"trace": {"trace_id": TRACE.upper()}}}, (TRACE, "", ""), id="upper case"),
        pytest.param({"contexts": {"trace": {"trace_id": "0" * 32}}}, ("", "", ""), id="zeros are no id"),
        pytest.param({"contexts": {"trace": {"trace_id": "xyz"}}}, ("", "", ""), id="nor is other text"),
        pytest.param({"request": {"headers": {"traceparent": f"00-{TRACE}-{SPAN}-01"}}}, (TRACE, "", SPAN),
                     id="traceparent, without a context"),
        pytest.param({"request": {"headers": [["sentry-trace", f"{TRACE}-{SPAN}-1"]]}}, (TRACE, "", SPAN),
                     id="sentry-trace, without a context"),
        pytest.param({"contexts": {"trace": {"trace_id": TRACE}},
                      "request": {"headers": {"traceparent": f"00-{'1' * 32}-{SPAN}-01"}}},
                     (TRACE, "", ""), id="a context wins over headers"),
    ],
)  # fmt: skip
def test_trace(event: dict[str, Any], trace: tuple[str, str, str]) -> None:
    record = record_of(event)
    assert (record.trace_id, record.span_id, record.parent_span_id) == trace


@pytest.mark.parametrize(
    ("event", "arrival", "service"),
    [
        pytest.param({"service": "a", "tags": {"service": "b"}}, {}, "a", id="the field"),
        pytest.param({"tags": {"service": "b"}}, {}, "b", id="the tag service"),
        pytest.param({"tags": {"service.name": "c"}}, {}, "c", id="the tag service.name"),
        pytest.param({"contexts": {"otel": {"resource": {"service.name": "d"}}}}, {}, "d", id="OpenTelemetry's"),
        pytest.param({}, {"default_service": "e"}, "e", id="the key's default"),
        pytest.param({"service": "  "}, {}, "shop", id="the project"),
        pytest.param({"service": {}}, {}, "shop", id="an object is no service"),
    ],
)  # fmt: skip
def test_service(event: dict[str, Any], arrival: dict[str, Any], service: str) -> None:
    assert record_of(event, **arrival).service == service


@pytest.mark.parametrize(
    ("event", "arrival", "session"),
    [
        pytest.param({"session_id": "s1"}, {"session_id": "s3"}, "s1", id="the field"),
        pytest.param({"tags": {"session.id": "s2"}}, {"session_id": "s3"}, "s2", id="the tag"),
        pytest.param({}, {"session_id": "s3"}, "s3", id="the envelope's session"),
    ],
)
def test_session(event: dict[str, Any], arrival: dict[str, Any], session: str) -> None:
    assert record_of(event, **arrival).session_id == session


@pytest.mark.parametrize(
    ("release", "found"),
    [
        pytest.param("shop@2.4.1", "shop@2.4.1", id="a usual release"),
        pytest.param("a/b", "", id="with a slash"),
        pytest.param("a\\b", "", id="with a backslash"),
        pytest.param("a\nb", "", id="with a newline"),
        pytest.param(" ... ", "", id="dots and blanks"),
        pytest.param(2.4, "2.4", id="a number"),
        pytest.param({"v": 1}, "", id="an object"),
    ],
)
def test_release(release: Any, found: str) -> None:
    assert record_of({"release": release}).release == found


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        pytest.param("stage", "stage", id="a usual one"),
        pytest.param("None", "production", id="the word None"),
        pytest.param("", "production", id="empty"),
        pytest.param("a/b", "production", id="with a slash"),
        pytest.param(None, "production", id="null"),
    ],
)
def test_environment(environment: Any, found: str) -> None:
    assert record_of({"environment": environment}).environment == found


def test_dist_is_trimmed() -> None:
    assert record_of({"dist": " 42 "}).dist == "42"


@pytest.mark.parametrize(
    ("event_id", "found", "cut"),
    [
        pytest.param("fc6d8c0c43fc4630ad850ee518f1b9d0", "fc6d8c0c43fc4630ad850ee518f1b9d0", False, id="32 hex"),
        pytest.param("FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0", "fc6d8c0c43fc4630ad850ee518f1b9d0", False,
                     id="a dashed UUID"),
        pytest.param("../../x", NEW_ID, True, id="a path"),
        pytest.param("' OR 1", NEW_ID, True, id="SQL"),
        pytest.param("a" * 10_000, NEW_ID, True, id="10 kB"),
        pytest.param(None, NEW_ID, False, id="none"),
    ],
)  # fmt: skip
def test_event_id(event_id: Any, found: str, cut: bool) -> None:
    record = record_of({"event_id": event_id})
    assert (record.event_id, "event_id" in cuts_of(record)) == (found, cut)


def test_the_envelopes_id_wins() -> None:
    assert record_of({"event_id": "a" * 32}, event_id="b" * 32).event_id == "b" * 32
