"""More rows of the table: requests, frames, free JSON, fingerprints, images."""

from typing import Any

import msgspec
import pytest

from schemas.error_event import Body, ErrorEvent, Frame
from tests.ingest_gateway.builders import cuts_of, record_of, with_frames


def request_of(**fields: Any) -> Any:
    return record_of({"request": fields}).request


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        pytest.param({"query_string": "a=1&b=x%20y"}, (("a", "1"), ("b", "x y")), id="text, percent-decoded"),
        pytest.param({"query_string": "?a=1"}, (("a", "1"),), id="with its question mark"),
        pytest.param({"query_string": [["a", "1"]]}, (("a", "1"),), id="pairs"),
        pytest.param({"query_string": {"a": "1"}}, (("a", "1"),), id="an object"),
        pytest.param({"query_string": {"a": ["1", "2"]}}, (("a", "1"), ("a", "2")), id="an object of lists"),
        pytest.param({"url": "https://h/p?a=1#f"}, (("a", "1"),), id="that of the address"),
        pytest.param({"query_string": 5}, (), id="a number is none"),
    ],
)
def test_query(fields: dict[str, Any], query: Any) -> None:
    assert request_of(**({"url": "https://h/p"} | fields)).query == query


@pytest.mark.parametrize(
    ("data", "content_type", "kind", "text"),
    [
        pytest.param({"a": 1}, "", "json", '{"a":1}', id="an object"),
        pytest.param('{"a": 1}', "", "json", '{"a":1}', id="text that is JSON is encoded anew"),
        pytest.param('{"\\u0070assword": 1}', "application/json", "json", '{"password":1}', id="escapes go"),
        pytest.param("a=1&b=2", "application/x-www-form-urlencoded", "form", '[["a","1"],["b","2"]]',
                     id="a form as pairs"),
        pytest.param({"a": ["1", "2"]}, "application/x-www-form-urlencoded; charset=utf-8", "form",
                     '[["a","1"],["a","2"]]', id="a form that came as an object"),
        pytest.param('--B\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\nsecret\r\n--B--\r\n',
                     "multipart/form-data; boundary=B", "multipart", '[["f","x.txt 6 bytes"]]',
                     id="uploads as names and sizes"),
        pytest.param("plain", "text/plain", "text", "plain", id="text"),
        pytest.param("{broken", "application/json", "text", "{broken", id="broken JSON is text"),
        pytest.param("\x89PNG", "image/png", "text", "", id="binary is empty"),
    ],
)  # fmt: skip
def test_body(data: Any, content_type: str, kind: str, text: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    body = request_of(url="/", data=data, headers=headers).body
    assert (body.kind, body.text) == (kind, text)


def test_a_body_knows_its_size_before_cuts() -> None:
    body: Body = request_of(url="/", data="x " * 20_000).body
    assert body.original_bytes == 40_000
    assert len(body.text) <= 16_384


def test_remote_address_from_env() -> None:
    assert request_of(url="/", env={"REMOTE_ADDR": "10.0.0.9"}).remote_ip == "10.0.0.9"


def test_the_address_of_a_request_is_bare() -> None:
    assert request_of(url="https://u:p@h.example:8443/p/q?a=1#f").url == "https://h.example:8443/p/q"


@pytest.mark.parametrize(
    "event",
    [{"response": {"status_code": 500, "duration_ms": 31}},
     {"contexts": {"response": {"status_code": 500, "duration_ms": 31}}}],
    ids=["at top level", "in the contexts"],
)  # fmt: skip
def test_response(event: dict[str, Any]) -> None:
    record = record_of(event)
    assert record.response is not None
    assert (record.response.status, record.response.duration_ms) == (500, 31)
    assert record.contexts is msgspec.UNSET


def frame_of(**fields: Any) -> Frame:
    return record_of(with_frames(fields)).exceptions[0].frames[0]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        pytest.param({"filename": "a.py", "abs_path": "/srv/a.py"}, ("a.py", "/srv/a.py"), id="both"),
        pytest.param({"filename": "a.py", "abs_path": "a.py"}, ("a.py", ""), id="equal ones once"),
        pytest.param({"abs_path": "/srv/a.py"}, ("/srv/a.py", ""), id="only a path"),
        pytest.param({"filename": "https://u:p@h/a.js?v=1#x"}, ("https://h/a.js", ""), id="an address is bare"),
        pytest.param({"filename": "a#b?c.rb"}, ("a#b?c.rb", ""), id="a file may be called anything"),
    ],
)
def test_paths(fields: dict[str, Any], place: tuple[str, str]) -> None:
    frame = frame_of(**fields)
    assert (frame.filename, frame.abs_path) == place


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        pytest.param({"filename": "shop/views.py"}, True, id="the application's"),
        pytest.param({"abs_path": "/x/lib/python3.11/site-packages/django/core.py"}, False, id="site-packages"),
        pytest.param({"abs_path": "/usr/lib/python3/dist-packages/x.py"}, False, id="dist-packages"),
        pytest.param({"filename": "/app/vendor/laravel/x.php"}, False, id="vendor"),
        pytest.param({"filename": "/app/node_modules/express/x.js"}, False, id="node_modules"),
        pytest.param({"filename": "node:internal/process/task_queues"}, False, id="node's own"),
        pytest.param({"module": "java.util.ArrayList"}, False, id="java's own"),
        pytest.param({"module": "org.springframework.web.Servlet"}, False, id="a framework"),
        pytest.param({"module": "com.shop.Pay"}, True, id="a package of the application"),
        pytest.param({"filename": "C:\\app\\node_modules\\x.js"}, False, id="with backslashes"),
        pytest.param({"filename": "<frozen importlib._bootstrap>"}, False, id="python's own"),
    ],
)
def test_whose_code(fields: dict[str, Any], ours: bool) -> None:
    assert frame_of(**fields).in_app is ours


def test_a_client_that_says_whose_it_is_is_believed() -> None:
    event = with_frames({"filename": "/x/site-packages/a.py", "in_app": True}, {"filename": "shop.py"})
    assert [frame.in_app for frame in record_of(event).exceptions[0].frames] == [True, False]


def test_prefixes_of_the_project_win() -> None:
    event = with_frames({"module": "org.springframework.samples.Pet", "in_app": False})
    record = record_of(event, in_app_prefixes=("org.springframework.samples",))
    assert record.exceptions[0].frames[0].in_app


def test_platform_of_a_frame_only_if_other() -> None:
    event = with_frames({"platform": "python"}, {"platform": "native"}, platform="python")
    assert [frame.platform for frame in record_of(event).exceptions[0].frames] == ["", "native"]


def test_source_lines_nearest_to_the_crash() -> None:
    lines = [f"line {n}" for n in range(9)]
    frame = frame_of(pre_context=lines, post_context=lines)
    assert (frame.pre_context, frame.post_context) == (tuple(lines[4:]), tuple(lines[:5]))


def test_variables_are_text() -> None:
    assert frame_of(vars={"a": {"b": [1]}, "c": None, "d": "x"}).vars == {"a": '{"b":[1]}', "c": "", "d": "x"}


def test_a_run_of_equal_frames_is_one() -> None:
    event = with_frames({"function": "main"}, *[{"function": "again", "lineno": 5}] * 40, {"function": "end"})
    frames = record_of(event).exceptions[0].frames
    assert [(frame.function, frame.repeated) for frame in frames] == [("main", 0), ("again", 39), ("end", 0)]


def test_a_long_stack_keeps_its_ends() -> None:
    event = with_frames(*[{"function": f"f{n}"} for n in range(5000)])
    found = record_of(event).exceptions[0]
    assert (len(found.frames), found.frames_cut) == (250, (50, 4800))
    assert (found.frames[49].function, found.frames[50].function) == ("f49", "f4800")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param(5, 5, id="a number"),
        pytest.param("5", 5, id="a number as text"),
        pytest.param(-5, 0, id="a negative one"),
        pytest.param(5.0, 5, id="a float"),
        pytest.param(10**30, 0, id="one beyond int64"),
        pytest.param(float("inf"), 0, id="infinity"),
        pytest.param(None, 0, id="none"),
    ],
)
def test_line_numbers(value: Any, kept: int) -> None:
    assert frame_of(lineno=value).lineno == kept


def extra_of(value: Any) -> Any:
    record = record_of({"extra": value})
    return None if record.extra is msgspec.UNSET else msgspec.json.decode(record.extra)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param({"a": 1}, {"a": 1}, id="an object"),
        pytest.param({"$where": 1, "": 2, "__proto__": 3}, {"_$where": 1, "_": 2, "___proto__": 3},
                     id="keys that could hurt"),
        pytest.param({"a.b": 1, "constructor": 2}, {"a.b": 1, "constructor": 2}, id="other keys are data"),
        pytest.param({"a": 2**70, "b": float("inf")}, {"a": str(2**70), "b": "inf"}, id="numbers that no store holds"),
        pytest.param({"_meta": 1, "a": {"_meta": 2}}, {"a": {}}, id="remarks of SDKs are dropped"),
        pytest.param([["a", 1]], {"a": 1}, id="pairs"),
        pytest.param("text", None, id="text is none"),
        pytest.param({"a\x00": "b\x00"}, {"a\ufffd": "b\ufffd"}, id="NUL in keys and values"),
    ],
)  # fmt: skip
def test_extra(value: Any, kept: Any) -> None:
    assert extra_of(value) == kept


def test_free_json_is_cut_at_depth_8() -> None:
    deep: Any = "x"
    for _ in range(12):
        deep = {"d": deep}
    found = extra_of(deep)
    for _ in range(8):
        found = found["d"]
    assert found == "[deep]"


def test_free_json_fits_64_kib() -> None:
    record = record_of({"extra": {"small": 1, "big": "x y " * 50_000, "after": 2}})
    assert len(bytes(record.extra)) <= 65_536  # type: ignore[arg-type]
    found = msgspec.json.decode(record.extra)
    assert (found["small"], found["after"]) == (1, 2)


def test_many_keys_are_cut() -> None:
    assert len(extra_of({f"k{n}": 1 for n in range(5000)})) == 2000


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        pytest.param(["{{ default }}", 5, None, True], ("{{ default }}", "5", "true"), id="numbers are text, nulls go"),
        pytest.param("one", ("one",), id="text is one part"),
        pytest.param([str(n) for n in range(12)], tuple(map(str, range(8))), id="eight at most"),
        pytest.param({}, (), id="an object is none"),
    ],
)
def test_fingerprint(value: Any, parts: tuple[str, ...]) -> None:
    assert record_of({"fingerprint": value}).fingerprint == parts


def test_images() -> None:
    raw = {"type": "sourcemap", "debug_id": "d", "code_file": "a.js", "image_addr": "0x1", "image_size": 5}
    image = record_of({"debug_meta": {"images": [raw]}}).images[0]
    assert msgspec.to_builtins(image) == raw


@pytest.mark.parametrize(
    ("sdk", "found"),
    [
        pytest.param({"name": "sentry.python", "version": "2.0"}, "sentry.python/2.0", id="name and version"),
        pytest.param({"name": "raven"}, "raven", id="a name"),
        pytest.param("mine/1", "mine/1", id="text"),
        pytest.param([1], "", id="a list"),
    ],
)
def test_sdk(sdk: Any, found: str) -> None:
    assert record_of({"sdk": sdk}).sdk == found


def test_too_many_tags_are_counted() -> None:
    record: ErrorEvent = record_of({"tags": {f"k{n}": "v" for n in range(100)}})
    assert len(record.tags) == 64
    assert cuts_of(record)["tags"] == "count"
