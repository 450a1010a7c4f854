"""Normalising is total: any JSON in any field gives a legal record. And both of its ways agree."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.gateway_bodies import event as usual_event
from ingest_gateway.normalise.event import normalise
from ingest_gateway.normalise.memo import Memos
from ingest_gateway.normalise.quick import QuickEvent, quickly
from ingest_gateway.normalise.text import Texts
from ingest_gateway.prepare import texts_for
from tests.ingest_gateway.builders import an_arrival, record_of

KINDS: list[Any] = [
    None, True, False, 0, -1, 2**63, -(2**70), 1.5, float("inf"), float("nan"), "", "text", "\x00\ud800", "x" * 3000,
    [], [None], [[]], [["a", "b"]], [{"key": "a"}], {}, {"values": None}, {"values": [None, 5, {"a": 1}]},
    {"frames": [5, None, {"vars": [1]}]}, {"$": {"": None}}, [[1, 2, 3], "x"], {"formatted": []},
]  # fmt: skip
WHOLE: dict[str, Any] = usual_event(True) | {
    "logentry": {"formatted": "a", "message": "b", "params": ["c"]},
    "message": "m",
    "threads": {"values": [{"id": 1, "crashed": True, "stacktrace": {"frames": [{"function": "f"}]}}]},
    "stacktrace": {"frames": [{"function": "f"}]},
    "response": {"status_code": 1, "headers": [], "data": "", "duration_ms": 1},
    "fingerprint": ["a"],
    "extra": {"a": {"b": 1}},
    "debug_meta": {"images": [{"type": "a", "debug_id": "b", "image_size": 1}]},
    "logger": "l", "dist": "d", "service": "s", "trace_id": "t", "span_id": "s", "parent_span_id": "p",
    "session_id": "s", "culprit": "c", "feedback": "f", "spans": [], "_meta": {}, "handled": True,
}  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in the event; of a list its first element stands for all."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield (*path, 0)
        yield from places(value[0], (*path, 0))


def replaced(path: tuple[Any, ...], kind: Any) -> dict[str, Any]:
    event = copy.deepcopy(WHOLE)
    at: Any = event
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = kind
    return event


@pytest.mark.parametrize("path", list(places(WHOLE)), ids=lambda path: ".".join(map(str, path)))
def test_any_kind_in_any_place(path: tuple[Any, ...]) -> None:
    for kind in KINDS:
        record = record_of(replaced(path, kind), sent_at=None, peer="10.0.0.1")
        assert record.exceptions or record.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON, max_size=6))
def test_any_json_in_the_fields_we_read(event: dict[str, Any]) -> None:
    record_of(event)


PLAIN_TEXT = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
LONG = st.sampled_from(["x " * 700, "y" * 600, " a ", ""])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN_TEXT | LONG,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN_TEXT, inner, max_size=3),
    max_leaves=8,
)
FRAME = st.fixed_dictionaries(
    {},
    optional={
        "function": PLAIN_TEXT | st.none() | LONG,
        "module": PLAIN_TEXT,
        "filename": st.sampled_from(["a.py", "https://u:p@h/a.js?x", "", "/usr/lib/x"]),
        "abs_path": st.sampled_from(["a.py", "/srv/a.py", "https://h/a.js?q#f"]),
        "lineno": st.integers(-1, 9) | st.none(),
        "in_app": st.booleans() | st.none(),
        "platform": st.sampled_from(["python", "native"]),
        "context_line": PLAIN_TEXT | LONG,
        "pre_context": st.lists(PLAIN_TEXT, max_size=7),
        "vars": st.dictionaries(PLAIN_TEXT, PLAIN, max_size=3),
    },
)
CRUMB = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": st.sampled_from([1_777_888_800, "2026-05-04T10:00:00Z", "x", None]),
        "category": PLAIN_TEXT | st.none(),
        "type": PLAIN_TEXT,
        "level": st.sampled_from(["warn", 40, None]),
        "message": PLAIN_TEXT | LONG | st.none(),
        "data": st.dictionaries(PLAIN_TEXT, PLAIN, max_size=3) | st.none(),
    },
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(FRAME | st.none(), max_size=4),
    st.lists(CRUMB, max_size=4),
    st.dictionaries(PLAIN_TEXT, PLAIN_TEXT | st.none() | LONG, max_size=4),
    st.sampled_from(["plain", "grüße", "a\r\nb", "\u202e"]),
)
def test_the_quick_way_gives_the_same_record(
    frames: list[Any], crumbs: list[Any], modules: dict[str, Any], value: str
) -> None:
    """The first time, when nothing is remembered, and the second time, when everything is."""
    event = {
        "platform": "python",
        "exception": {"values": [{"type": "A", "value": value, "stacktrace": {"frames": frames}}]},
        "breadcrumbs": {"values": crumbs},
        "modules": modules,
    }
    payload = msgspec.json.encode(event)
    slow = normalise(event, an_arrival(), Texts())
    memos = Memos()
    for _ in range(2):
        texts = texts_for(payload)
        typed = quickly(payload, texts.plain)
        quick = normalise(event if typed is None else typed, an_arrival(), texts, memos)
        assert msgspec.json.encode(quick) == msgspec.json.encode(slow)


def test_a_usual_event_takes_the_quick_way() -> None:
    payload = msgspec.json.encode(usual_event(False))
    assert quickly(payload, plain=True) is not None
    assert quickly(payload, plain=False) is not None


def test_no_reader_asks_for_more_than_the_quick_way_knows() -> None:
    class Asked(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)
            return super().get(name, default)

    asked: set[str] = set()
    normalise(Asked(WHOLE), an_arrival(), Texts())
    assert asked <= set(QuickEvent.__struct_encode_fields__)


@pytest.mark.parametrize("text", [b"\xff", b"\\ud800", b"a\x00b"], ids=["invalid UTF-8", "a surrogate", "NUL"])
def test_frames_left_as_bytes_are_read_leniently(text: bytes) -> None:
    """Bytes that are skipped are not checked: found by mutation, the event used to shrink to a stub."""
    payload = b'{"exception":{"values":[{"type":"A","stacktrace":{"frames":[{"function":"f%s"}]}}]}}' % text
    typed = quickly(payload, plain=False)
    event = typed if typed is not None else {}
    (exception,) = normalise(event, an_arrival(), Texts()).exceptions if typed is not None else (None,)
    assert exception is None or exception.frames[0].function.startswith("f")
