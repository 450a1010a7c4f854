"""Hostile text through every parameter and body: no server error, no answer that the contract does not name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.query_api.desks import World
from tests.query_api.rows import issue_id

pytestmark = pytest.mark.live
STRINGS = (
    *("", " ", "\x00", "a\x00b", "\ufeff", "\u202e", "💥" * 50, "a" * 6_000, "%", "%00", "%s", "{0}", "{}", "\\", "'"),
    *(
        "';--",
        '" or 1=1 --',
        "1; drop table issues",
        "$where",
        '{"$gt":""}',
        "../../etc/passwd",
        "<script>",
        "\r\nX: y",
    ),
    *("-1", "0", "99999999999999999999", "1e309", "NaN", "null", "true", "[", "]", "is:", 'is:"', "a" * 32, "*", "()"),
    *("٣", "ＡＢＣ", "\u0000", "\udcff".encode("utf-8", "surrogatepass").decode("latin-1")),
)
BODIES: tuple[bytes, ...] = (
    *(b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"{}", b'{"a":1}', b'{"note":"\\u0000"}'),
    *(b"[" * 5_000, b'{"a":' * 2_000, b'{"note":"\\ud800"}', b'{"x":1e400}', b'{"note":' + b"9" * 400 + b"}"),
    b'{"value":{}}',
    b'{"value":null,"project_id":1}',
    b'{"value":[],"project_id":99999999999999999999}',
)


@pytest.fixture(scope="module")
def contract(world: World) -> Any:
    world.rows.issue(1)
    world.rows.event(1)
    return world.api.get("/openapi.json").json()


@pytest.fixture(scope="module")
def headers(world: World) -> dict[str, str]:
    """A token of staff: everything is within reach, so nothing is refused before it is read."""
    body = {"name": "hostile", "scopes": [f"{group}:write" for group in GROUPS]}
    made = world.api.post("/tokens", body)
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['token']}"}


GROUPS = (
    *("issues", "events", "stats", "alerts", "deliveries", "settings", "people", "ops", "reports", "audit"),
    *("releases", "artifacts"),
)
KNOWN = {"issue_id": issue_id(1), "project_id": "1", "which": "latest", "setting_id": "1:high", "person": "x"}
LEFT_OUT = {
    *("passwords_change", "login", "passwords_ask", "passwords_choose"),  # 100 ms of hashing each
    "live_events",  # a stream: its answer never ends
}


def operations(contract: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in contract["paths"].items():
        for method, entry in item.items():
            if isinstance(entry, dict) and entry.get("operationId") not in LEFT_OUT:
                yield method.upper(), path, entry


def fill(path: str, **over: str) -> str:
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{name}}}", over.get(name, KNOWN.get(name, "x")))
    return path


def wrong(answer: Any, entry: Any) -> bool:
    """A server error, or a status that the contract does not name; 405 belongs to the path, not to it."""
    named = set(entry["responses"]) | {"404", "405"}
    away = answer.status_code == 503 and answer.json()["code"] == "documents_away"
    return str(answer.status_code) not in named or (answer.status_code >= 500 and not away)


def test_query_parameters(world: World, contract: Any, headers: dict[str, str]) -> None:
    failures = []
    for method, path, entry in operations(contract):
        for parameter in entry.get("parameters", []):
            if method != "GET" or parameter["in"] != "query":
                continue
            for text in STRINGS:
                answer = world.api.client.get(fill(path), params={parameter["name"]: text}, headers=headers)
                if wrong(answer, entry):
                    failures.append((entry["operationId"], answer.status_code, parameter["name"], text[:20]))
    assert sorted(set(failures)) == []


def test_path_parameters(world: World, contract: Any, headers: dict[str, str]) -> None:
    failures = []
    for method, path, entry in operations(contract):
        for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
            for text in STRINGS[::3]:
                quoted = "".join(f"%{byte:02X}" for byte in text.encode())[:4_000]
                answer = world.api.client.request(
                    method, fill(path, **{name: quoted or "%20"}), headers=headers, content=b"{}"
                )
                if wrong(answer, entry):
                    failures.append((entry["operationId"], answer.status_code, name, text[:20]))
    assert sorted(set(failures)) == []


def test_bodies(world: World, contract: Any, headers: dict[str, str]) -> None:
    failures = []
    kind = {"Content-Type": "application/json"}
    for method, path, entry in operations(contract):
        if method == "GET":
            continue
        for body in (*BODIES, *hostile_bodies(contract, entry)):
            answer = world.api.client.request(method, fill(path), headers=headers | kind, content=body)
            if wrong(answer, entry):
                failures.append((entry["operationId"], answer.status_code, str(body[:60]), answer.text[:160]))
    assert sorted(set(failures)) == []


def hostile_bodies(contract: Any, entry: Any) -> Iterator[bytes]:
    """Each text field of the body with each hostile text, the others as the schema wants them."""
    schema = entry.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = contract["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    fields = schema.get("properties", {})
    usual = {name: USUAL[field.get("type")] for name, field in fields.items() if field.get("type") in USUAL}
    for name, field in fields.items():
        if field.get("type") == "string":
            for text in STRINGS:
                yield json.dumps({**usual, name: text}).encode()


USUAL: dict[Any, Any] = {"string": "x", "integer": 1, "boolean": False, "array": []}


def test_every_answer_carries_the_headers(world: World, contract: Any, headers: dict[str, str]) -> None:
    for method, path, _ in operations(contract):
        answer = world.api.client.request(method, fill(path), headers=headers, content=b"{}")
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["cache-control"] == "no-store", path


def test_an_address_without_end_is_refused(world: World) -> None:
    answer = world.api.client.get("/api/v1/issues", params={"query": "a" * 9_000})
    assert answer.status_code == 414
