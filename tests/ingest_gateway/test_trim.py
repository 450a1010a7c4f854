"""Size reduction: what goes first, that it is said, and that the largest possible event ends below the cap."""

from functools import cache
from typing import Any

import msgspec
import pytest

from domain.home import settle
from ingest_gateway.caps import RECORD_BYTES
from ingest_gateway.normalise.text import ENCODE
from ingest_gateway.trim import STEPS, fit
from schemas.error_event import ErrorEvent
from tests.ingest_gateway.builders import record_of

QUOTE = '"'  # doubles when it is escaped


def full(size: int) -> str:
    return (QUOTE * 7 + " ") * (size // 8)


def frame(number: int) -> dict[str, Any]:
    lines = [full(256)] * 5
    return {
        "function": full(500) + str(number), "module": full(256), "filename": full(512), "abs_path": "/" + full(508),
        "lineno": number, "in_app": bool(number % 2), "context_line": full(512), "pre_context": lines,
        "post_context": lines, "vars": {full(96) + str(n): full(1024) for n in range(50)}, "package": full(256),
        "instruction_addr": "0x1", "platform": "other",
    }  # fmt: skip


@cache
def largest() -> ErrorEvent:
    """Every field at its cap."""
    pairs = [[full(120) + str(n), full(1024)] for n in range(50)]
    data = {full(48) + str(n): full(512) for n in range(20)}
    exception = {"type": full(128), "value": full(8192), "module": full(256),
                 "stacktrace": {"frames": [frame(n) for n in range(250)]}}  # fmt: skip
    event = {
        "exception": [exception] * 10,
        "logentry": {"formatted": full(8192), "message": full(1024), "params": [full(256)] * 20},
        "request": {"url": "/" + full(2000), "headers": pairs, "query_string": pairs, "cookies": pairs,
                    "data": full(16384)},
        "response": {"headers": pairs, "data": full(16384)},
        "breadcrumbs": [{"category": full(64), "message": full(1024), "data": data}] * 100,
        "tags": {full(24) + str(n): full(200) for n in range(64)},
        "modules": {full(112) + str(n): full(64) for n in range(300)},
        "contexts": {f"c{n}": full(2048) for n in range(16)} | {"trace": {"op": "x"}},
        "extra": {f"c{n}": full(2048) for n in range(16)},
        "debug_meta": {"images": [{"type": full(32), "debug_id": full(64), "code_file": full(504) + "x"}] * 100},
        "user": {"id": full(128), "username": full(128), "email": full(248),
                 "data": {f"k{n}": full(256) for n in range(10)}},
        "fingerprint": [full(128)] * 8, "transaction": full(256), "logger": full(128), "server_name": full(128),
    }  # fmt: skip
    return settle(record_of(event, feedback=full(4096)))


def test_the_largest_event_ends_below_the_cap() -> None:
    before = largest()
    assert len(ENCODE(before)) > 4 * RECORD_BYTES
    after = settle(fit(before, RECORD_BYTES))
    assert len(ENCODE(after)) <= RECORD_BYTES
    assert msgspec.json.decode(ENCODE(after), type=ErrorEvent) == after
    assert len(after.exceptions) == 10


def test_steps_come_in_their_order_and_are_noted() -> None:
    after = fit(largest(), RECORD_BYTES)
    rules = [cut.rule for cut in after.cuts if cut.where == "size"]
    assert rules == [rule for rule, _ in STEPS if rule in rules]
    assert rules[0] == STEPS[0][0]


def test_what_fits_is_left_alone() -> None:
    event = record_of({"message": "hi"})
    assert fit(event, RECORD_BYTES) is event


@pytest.mark.parametrize(
    ("rule", "gone", "left"),
    [
        pytest.param("library_vars", lambda e: e.exceptions[0].frames[0].vars, lambda e: e.exceptions[0].frames[1].vars,
                     id="variables of libraries first"),
        pytest.param("library_context", lambda e: e.exceptions[0].frames[0].context_line,
                     lambda e: e.exceptions[0].frames[1].context_line, id="source of libraries"),
        pytest.param("context", lambda e: e.exceptions[0].frames[1].pre_context,
                     lambda e: e.exceptions[0].frames[1].context_line, id="then all but the line itself"),
        pytest.param("crumb_data", lambda e: e.breadcrumbs[0].data, lambda e: e.breadcrumbs[0].message,
                     id="what breadcrumbs carry"),
        pytest.param("images", lambda e: e.images, lambda e: e.exceptions, id="images that no frame points into"),
        pytest.param("modules", lambda e: e.modules, lambda e: e.tags, id="modules"),
    ],
)  # fmt: skip
def test_a_step(rule: str, gone: Any, left: Any) -> None:
    event = dict(STEPS)[rule](largest())
    assert not gone(event)
    assert left(event)


def test_contexts_keep_the_trace() -> None:
    after = dict(STEPS)["contexts"](largest())
    assert msgspec.json.decode(after.contexts) == {"trace": {"op": "x"}}  # type: ignore[arg-type]


def test_frames_are_a_hundred_in_all_and_say_which_are_gone() -> None:
    after = dict(STEPS)["frames"](largest())
    assert sum(len(info.frames) for info in after.exceptions) == 100
    assert after.exceptions[0].frames_cut == (2, 242)
