"""What the SDKs of six frameworks send: recorded shapes, made new for each event. Pure but for `load`."""

import gzip
import json
import random
from pathlib import Path
from typing import Any, Final

import msgspec

FOLDER: Final = Path(__file__).parent / "shapes"
CLIENT: Final = "Sentry sentry_version=7, sentry_client={client}, sentry_key={key}"


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an SDK frames and sends: they differ, and a gateway has to take them all."""

    auth: str  # header or query
    encoding: str  # gzip or none
    content_type: str
    length: bool  # does the item's header say how long it is
    inner_id: bool  # does the event repeat the envelope's id


class Mistake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bug. `outage`: it comes in a burst while the matching engine is down."""

    weight: int
    event: dict[str, Any]
    outage: bool = False


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service of the platform and what goes wrong in it."""

    service: str
    framework: str
    wire: Wire
    event: dict[str, Any]
    errors: tuple[Mistake, ...]


class Address(msgspec.Struct, frozen=True):
    """What a DSN says beside the host."""

    key: str
    project: str


class Request(msgspec.Struct, frozen=True):
    """What is posted."""

    path: str
    headers: dict[str, str]
    body: bytes


def load() -> dict[str, Shape]:
    """By framework."""
    found = [msgspec.json.decode(path.read_bytes(), type=Shape) for path in sorted(FOLDER.glob("*.json"))]
    return {shape.framework: shape for shape in found}


def an_event(shape: Shape, mistake: Mistake, at: float, dice: random.Random) -> dict[str, Any]:
    """The mistake as it happens once: another user, other numbers, the same bug."""
    person = dice.randrange(1, 60)
    own: dict[str, Any] = _filled(mistake.event, at, dice)
    fields = {
        "timestamp": at,
        "user": {"id": f"u{person}", "username": f"user{person}"},
        "tags": {**shape.event.get("tags", {}), "service": shape.service},
    }
    return {**shape.event, **own, **fields}


def _filled(value: Any, at: float, dice: random.Random) -> Any:
    """`{n}` becomes a number, a breadcrumb's time a moment ago."""
    match value:
        case str():
            return value.replace("{n}", str(dice.randrange(10, 60_000)))
        case dict():
            return {key: at - 2 if key == "timestamp" else _filled(inner, at, dice) for key, inner in value.items()}
        case list():
            return [_filled(inner, at, dice) for inner in value]
        case _:
            return value


def request(shape: Shape, event: dict[str, Any], event_id: str, to: Address) -> Request:
    """An envelope framed as this SDK does it."""
    wire, sdk = shape.wire, shape.event["sdk"]
    payload = _json({**event, "event_id": event_id} if wire.inner_id else event)
    item = {"type": "event", "content_type": "application/json"} | ({"length": len(payload)} if wire.length else {})
    head = {"event_id": event_id, "sdk": {"name": sdk["name"], "version": sdk["version"]}}
    body = b"\n".join((_json(head), _json(item), payload, b""))
    headers, path = {"Content-Type": wire.content_type}, f"/api/{to.project}/envelope/"
    if wire.auth == "header":
        headers["X-Sentry-Auth"] = CLIENT.format(client=f"{sdk['name']}/{sdk['version']}", key=to.key)
    else:
        path += f"?sentry_key={to.key}&sentry_version=7&sentry_client={sdk['name']}%2F{sdk['version']}"
    if wire.encoding == "gzip":
        headers["Content-Encoding"], body = "gzip", gzip.compress(body, 6)
    return Request(path, headers, body)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
