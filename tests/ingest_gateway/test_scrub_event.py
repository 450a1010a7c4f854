"""The whole record: secrets planted everywhere are gone, what only looks like one survives, the scan misses nothing."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.gateway_bodies import event as usual_event
from domain.scrub_patterns import sensitive
from ingest_gateway.directory import Admission
from ingest_gateway.normalise.event import normalise
from ingest_gateway.normalise.text import Texts
from ingest_gateway.prepare import Moment, prepare
from ingest_gateway.reports import Report
from ingest_gateway.scrub.scrubber import DEFAULT, Scrubber
from ingest_gateway.scrub.walk import scrub
from schemas.error_event import ErrorEvent
from schemas.kinds import Door
from schemas.settings.project import ScrubSettings
from schemas.verdict import Kept
from schemas.wire import encode
from tests.ingest_gateway.builders import NEW_ID, NOW, an_arrival, record_of

WHOLE: dict[str, Any] = usual_event(False) | {
    "logentry": {"formatted": "said x", "message": "said %s", "params": ["x"]},
    "response": {"status_code": 500, "headers": {"Server": "x"}, "data": {"error": "x"}, "duration_ms": 1},
    "request": {"url": "https://shop.example/pay", "method": "POST", "route": "/pay", "query_string": {"q": "x"},
                "headers": {"Accept": "x"}, "cookies": {"theme": "x"}, "data": {"basket": "x", "deep": {"er": ["x"]}}},
    "user": {"id": "u7", "username": "x", "email": "a@b.example", "name": "x"},
    "fingerprint": ["x", "{{ default }}"],
    "extra": {"note": "x", "list": ["x", {"k": "x"}]},
    "contexts": {"app": {"note": "x"}},
    "tags": {"shard": "x"},
    "breadcrumbs": [{"category": "c", "message": "x", "data": {"k": "x"}}],
    "logger": "x", "dist": "x", "server_name": "x", "session_id": "x", "transaction": "POST /pay",
    "debug_meta": {"images": [{"code_file": "x"}]},
    "modules": {"package": "1.0"},
    "sdk": {"name": "x", "version": "1"},
}  # fmt: skip
NEVER = {
    "event_id",
    "timestamp",
    "level",
    "platform",
    "type",
    "module",
    "function",
    "filename",
    "abs_path",
    "lineno",
    "in_app",
    "release",
    "environment",
    "service",
    "method",
    "trace_id",
    "span_id",
    "debug_id",
    "status_code",
    "handled",
    "duration_ms",
}
SECRETS = {
    "a card": ("4111111111111111", "4111111111111111"),
    "a card with blanks": ("pay 4111 1111 1111 1111 now", "1111 1111"),
    "an IBAN": ("DE89370400440532013000", "0532013000"),
    "a social security number": ("078-05-1120", "05-1120"),
    "an assignment": ("password=hunter2", "hunter2"),
    "an assignment in a repr": ("{'api_key': 'hunter2'}", "hunter2"),
    "JSON in text": ('{"password":"hunter2"}', "hunter2"),
    "JSON in JSON in text": (json.dumps({"a": json.dumps({"password": "hunter2"})}), "hunter2"),
    "a JSON list of pairs": ('[["password","hunter2"]]', "hunter2"),
    "an address with a password": ("postgres://app:hunter2@db/x", "hunter2"),
    "a bearer token": ("Bearer hunter2abc", "hunter2"),
    "a JWT": ("eyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIyIjoiaHVudGVyMiJ9.c2ln", "eyJodW50ZXIy"),
    "a GitHub token": ("ghp_hunter2hunter2hunter2hunter2", "hunter2"),
    "a private key": ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "hunter2"),
}  # fmt: skip


def prepared(event: dict[str, Any]) -> bytes:
    report = Report(door=Door.ENVELOPE, payload=json.dumps(event).encode())
    found = prepare(report, Admission(key_id="k", project_id=1, slug="shop"), Moment(NOW, "", lambda: NEW_ID))
    assert isinstance(found, Kept)
    return found.value.value


def text_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, inner in items:
        if isinstance(inner, str) and name not in NEVER:
            yield (*path, name)
        yield from text_places(inner, (*path, name))


def planted(path: tuple[Any, ...], text: Any) -> dict[str, Any]:
    event = copy.deepcopy(WHOLE)
    at: Any = event
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = text
    return event


PLACES = sorted(text_places(WHOLE), key=str)


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_no_secret_survives_in(path: tuple[Any, ...]) -> None:
    source = bool({"context_line", "pre_context", "post_context"} & set(path))
    for text, secret in SECRETS.values():
        given_text = text.replace("password=hunter2", "password='hunter2'") if source else text
        assert secret.encode() not in prepared(planted(path, given_text)), given_text


@pytest.mark.parametrize(
    "path",
    [("extra",), ("contexts", "app"), ("tags",), ("user",), ("request", "headers"), ("request", "data"),
     ("request", "query_string"), ("request", "cookies"), ("response", "headers"), ("response", "data"),
     ("breadcrumbs", 0, "data"), ("exception", "values", 0, "stacktrace", "frames", 0, "vars")],
    ids=lambda path: ".".join(map(str, path)),
)  # fmt: skip
@pytest.mark.parametrize(
    "name", ["password", "X-Api-Key", "apiKey", "Authorization", "cookie", "sessionId", "csrf_token", "credit card",
             "connectionString", "SECRET_THING", "mysql_pwd", "PHPSESSID"],
)  # fmt: skip
def test_a_secret_name_takes_its_value(path: tuple[Any, ...], name: str) -> None:
    assert b"hunter2" not in prepared(planted((*path, name), "hunter2"))
    assert b"hunter2" not in prepared(planted((*path, name), {"deep": ["hunter2"]}))


def test_cookies_lose_their_values_and_keep_their_names() -> None:
    record = msgspec.json.decode(prepared(planted(("request", "cookies"), {"theme": "dark"})), type=ErrorEvent)
    assert record.request is not None
    assert record.request.cookies == (("theme", "[Filtered]"),)


def test_a_key_over_the_source_lines_of_a_frame() -> None:
    lines = ["KEY = '''-----BEGIN RSA PRIVATE KEY-----", "MIIEhunter2", "hunter2hunter2=="]
    event = planted(("exception", "values", 0, "stacktrace", "frames", 0, "pre_context"), lines)
    raw = prepared(event)
    assert b"hunter2" not in raw
    lines = ["hunter2hunter2hunter2hunter2", "-----END RSA PRIVATE KEY-----'''"]
    event = planted(("exception", "values", 0, "stacktrace", "frames", 0, "post_context"), lines)
    assert b"hunter2" not in prepared(event)


@pytest.mark.parametrize("name", ["password", "api_key"])
@pytest.mark.parametrize("value", [True, False, None])
def test_booleans_and_null_stay(name: str, value: Any) -> None:
    record = record_of({"extra": {name: value}})
    assert msgspec.json.decode(scrub(record, DEFAULT).extra) == {name: value}  # type: ignore[arg-type]


def test_what_was_taken_is_counted() -> None:
    event = {"message": "card 4111111111111111", "extra": {"password": "x", "token": "y", "n": "Bearer abc123"}}
    found = scrub(record_of(event), DEFAULT)
    assert (found.scrubbed, found.scrub_version) == ({"card": 1, "key": 2, "token": 1}, 1)


def test_places_that_a_project_excludes() -> None:
    own = Scrubber(ScrubSettings(excluded_paths=("extra.debug", "request.headers.X-Session")))
    event = {"extra": {"debug": {"session": "abc"}, "session": "abc"},
             "request": {"url": "/", "headers": {"X-Session": "abc", "Authorization": "abc"}}}  # fmt: skip
    found = scrub(record_of(event), own)
    assert msgspec.json.decode(found.extra) == {"debug": {"session": "abc"}, "session": "[Filtered]"}  # type: ignore[arg-type]
    assert found.request is not None
    assert dict(found.request.headers) == {"X-Session": "abc", "Authorization": "[Filtered]"}


def test_ids_names_and_places_are_never_touched() -> None:
    card = "4111111111111111"
    frame = {"function": card, "module": card, "filename": "/home/bob/x.py", "abs_path": f"/srv/{card}"}
    event = {"exception": [{"type": card, "stacktrace": {"frames": [frame]}}], "release": card, "environment": card,
             "service": card, "tags": {card: "x"}}  # fmt: skip
    before = record_of(event)
    assert scrub(before, DEFAULT) == before


PIECES = st.sampled_from(
    ["password", "token", "session", "author", "=", ":", " ", "'", '"', "\\", "[Filtered]", "4111 1111 1111 1111",
     "-----BEGIN RSA PRIVATE KEY-----", "Bearer ", "abc123", "://", "u:p@", "/home/", "bob", "{", "}", "[", "]",
     "\n", "\\n", "&", ",", "DE89370400440532013000", "078-05-1120", "%3D", "ä", '{"password":"x"}', "5"]
)  # fmt: skip
TEXT = st.lists(PIECES, max_size=6).map("".join)
JSON = st.recursive(
    TEXT | st.booleans() | st.none() | st.integers(0, 10**17),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=3))
def test_the_scan_finds_whatever_the_walk_would_change(plants: list[tuple[tuple[Any, ...], Any]]) -> None:
    event = copy.deepcopy(WHOLE)
    for path, value in plants:
        at: Any = event
        for step in path[:-1]:
            at = at[step] if isinstance(at, dict | list) else {}
        if isinstance(at, dict | list):
            at[path[-1]] = value
    before = normalise(event, an_arrival(), Texts())
    after = blind(before)
    assert after == before or DEFAULT.prefilter.search(encode(before))
    assert encode(scrub(before, DEFAULT)) == encode(after)
    assert encode(scrub(after, DEFAULT)) == encode(after)


class Everything:
    """A prefilter that always hits: the walk reads every part."""

    def search(self, raw: bytes) -> bool:
        return True


def blind(event: ErrorEvent) -> ErrorEvent:
    everywhere = Scrubber(ScrubSettings())
    everywhere.prefilter = Everything()
    return scrub(event, everywhere)


@pytest.mark.parametrize(
    ("name", "secret"),
    [("password", True), ("userPassword", True), ("X-CSRFToken", True), ("sessionId", True), ("API_KEY", True),
     ("creditCard", True), ("pin-code", True), ("two_factor", True), ("PHPSESSID", True), ("jwt", True),
     ("author", False), ("authority", False), ("tokenizer", False), ("tokens_used", False), ("max_tokens", False),
     ("monkey", False), ("keyboard", False), ("compass", False), ("passenger", False), ("card", False),
     ("number", False), ("obsession", False), ("", False)],
)  # fmt: skip
def test_names(name: str, secret: bool) -> None:
    assert sensitive(name) is secret
