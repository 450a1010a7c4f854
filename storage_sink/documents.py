"""The collections as data: what they accept, how they are found, when they expire; and records as documents."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from domain.documents import DAY_MS, EventDocument
from schemas.dead_letter import DeadLetter
from schemas.record import Instant

Schema: TypeAlias = dict[str, object]
DEAD_DAYS: Final = 30
EVENT_ID: Final = "^[0-9]{1,19}:[0-9a-f]{32}$"


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """`keys`: (field, 1 or -1). `expires`: documents go when the date in the field is past."""

    name: str
    keys: tuple[tuple[str, int], ...]
    expires: bool = False
    sparse: bool = False


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    validator: Schema
    indexes: tuple[Index, ...]


def _text(most: int) -> Schema:
    return {"bsonType": "string", "maxLength": most}


def _object(required: tuple[str, ...], properties: dict[str, Schema]) -> Schema:
    """Nothing but these fields, at any level: no key of a client becomes a field name."""
    found: Schema = {"bsonType": "object", "additionalProperties": False, "properties": properties}
    return found | ({"required": list(required)} if required else {})


LONG: Final[Schema] = {"bsonType": "long"}
INT: Final[Schema] = {"bsonType": "int"}
DATE: Final[Schema] = {"bsonType": "date"}
BINARY: Final[Schema] = {"bsonType": "binData"}
EXPIRY: Final = Index(name="expiry", keys=(("expire_at", 1),), expires=True)

PLACED: Final = ("_id", "project_id", "received_at", "expire_at", "partition", "offset")

EVENTS: Final = Collection(
    name="events",
    validator=_object(
        (*PLACED, "service", "environment", "type", "body"),
        {
            "_id": {"bsonType": "string", "pattern": EVENT_ID},
            "project_id": LONG,
            "received_at": LONG,
            "expire_at": DATE,
            "partition": INT,
            "offset": LONG,
            "level": _text(16),
            "service": _text(64),
            "environment": _text(64),
            "release": _text(200),
            "type": _text(200),
            "user_id": _text(128),
            "trace": BINARY,
            "stacks": {"bsonType": "array", "maxItems": 12, "items": BINARY},
            "http": _object((), {"method": _text(16), "route": _text(256), "status": INT, "ms": LONG}),
            "client": _object((), {"browser": _text(64), "os": _text(64), "device": _text(64)}),
            "pinned": _text(64),
            "body": BINARY,
        },
    ),
    indexes=(
        EXPIRY,
        Index(name="newest", keys=(("project_id", 1), ("received_at", -1))),
        Index(name="replay", keys=(("project_id", 1), ("partition", 1), ("offset", 1))),
        Index(name="user", keys=(("project_id", 1), ("user_id", 1), ("received_at", -1))),
        Index(name="route", keys=(("project_id", 1), ("http.route", 1), ("received_at", -1))),
        Index(name="pinned", keys=(("pinned", 1),), sparse=True),
    ),
)
STACKS: Final = Collection(
    name="stacks",
    validator=_object(
        ("_id", "project_id", "expire_at", "body"),
        {"_id": BINARY, "project_id": LONG, "expire_at": DATE, "body": BINARY},
    ),
    indexes=(EXPIRY, Index(name="project", keys=(("project_id", 1),))),
)
FACETS: Final = Collection(
    name="event_facets",
    validator=_object(
        ("_id", "project_id", "day", "dimension", "total", "values", "expire_at"),
        {
            "_id": _text(300),
            "project_id": LONG,
            "day": _text(10),
            "environment": _text(64),
            "dimension": {"enum": ["browser", "os", "device", "route", "status", "method", "release", "type", "user"]},
            "values": {
                "bsonType": "array",
                "maxItems": 50,
                "items": _object(("v", "n"), {"v": _text(256), "n": LONG}),
            },
            "total": LONG,
            "other": LONG,
            "expire_at": DATE,
        },
    ),
    indexes=(EXPIRY, Index(name="day", keys=(("project_id", 1), ("day", -1), ("dimension", 1)))),
)
DEAD: Final = Collection(
    name="dead_letters",
    validator=_object(
        ("_id", "reason", "stage", "at", "original", "expire_at"),
        {
            "_id": {"bsonType": "string", "pattern": "^[0-9a-f]{32}$"},
            "reason": _text(64),
            "stage": _text(64),
            "consumer": _text(64),
            "at": LONG,
            "topic": _text(249),
            "source": {"bsonType": "array", "minItems": 4, "maxItems": 4, "items": LONG},
            "detail": _text(2048),
            "project_id": LONG,
            "key": _text(512),
            "headers": {
                "bsonType": "array",
                "maxItems": 64,
                "items": _object(("name", "value"), {"name": _text(256), "value": BINARY}),
            },
            "original": BINARY,
            "expire_at": DATE,
        },
    ),
    indexes=(
        EXPIRY,
        Index(name="reason", keys=(("reason", 1), ("at", -1))),
        Index(name="project", keys=(("project_id", 1), ("at", -1))),
    ),
)
COLLECTIONS: Final = (EVENTS, STACKS, FACETS, DEAD)


class Long(msgspec.Struct, frozen=True):
    """An integer that is 64 bits wide in the store, however small it is."""

    value: int


class Day(msgspec.Struct, frozen=True):
    """An instant that the store keeps as a date."""

    at: Instant


Value: TypeAlias = "str | int | bytes | Long | Day | list[Value] | dict[str, Value]"
Document: TypeAlias = dict[str, Value]


def event_document(found: EventDocument, partition: int, offset: int, expires_at: Instant) -> Document:
    """As it is inserted; what is empty is left out."""
    usual: Document = {
        "project_id": Long(found.project_id),
        "received_at": Long(found.received_at),
        "expire_at": Day(expires_at),
        "partition": partition,
        "offset": Long(offset),
        "level": found.level,
        "service": found.service,
        "environment": found.environment,
        "type": found.type,
        "body": found.body,
    }
    rest: Document = {
        "release": found.release,
        "user_id": found.user_id,
        "trace": found.trace,
        "stacks": list(found.stacks),
    }
    usual |= {name: value for name, value in rest.items() if value}
    if found.http is not None:
        http: Document = {"method": found.http.method, "route": found.http.route, "status": found.http.status}
        ms: Document = {} if found.http.ms is None else {"ms": Long(found.http.ms)}
        usual["http"] = {name: value for name, value in http.items() if value} | ms
    if found.client is not None:
        named: Mapping[str, str] = msgspec.structs.asdict(found.client)
        usual["client"] = {name: value for name, value in named.items() if value}
    return usual


def dead_document(letter: DeadLetter, original: bytes, headers: tuple[tuple[str, bytes], ...]) -> Document:
    """The original beside its reason. `headers`: those of the original, for when it is sent again."""
    expires_at = letter.at + DEAD_DAYS * DAY_MS
    source: list[Value] = [Long(part) for part in letter.source]
    kept: list[Value] = [{"name": name, "value": value} for name, value in headers]
    return {
        "reason": letter.reason,
        "stage": letter.stage,
        "consumer": letter.consumer,
        "at": Long(letter.at),
        "topic": letter.topic,
        "source": source,
        "detail": letter.detail,
        "project_id": Long(letter.project_id),
        "key": letter.key[:512],
        "headers": kept,
        "original": original,
        "expire_at": Day(expires_at),
    }
