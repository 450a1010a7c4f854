"""An event that has the shape of its protocol, read in one pass: its heavy parts typed, its frames left as bytes.

What has another shape is read leniently instead (`decode.py`); both give the same record.
"""

from typing import Final

import msgspec
from msgspec import Raw

from ingest_gateway.normalise.text import Object
from ingest_gateway.normalise.wire import WireCrumb


class QuickStack(msgspec.Struct):
    frames: list[Raw]


class QuickException(msgspec.Struct):
    type: object = None
    value: object = None
    module: object = None
    mechanism: object = None
    stacktrace: QuickStack | None = None


class Exceptions(msgspec.Struct):
    values: list[QuickException]


class Crumbs(msgspec.Struct):
    values: list[WireCrumb]


class QuickEvent(msgspec.Struct):
    """All fields that are read of an event; those that other readers take stay as they come."""

    exception: Exceptions | list[QuickException]
    event_id: object = None
    timestamp: object = None
    platform: object = None
    level: object = None
    handled: object = None
    message: object = None
    logentry: object = None
    fingerprint: object = None
    service: object = None
    environment: object = None
    release: object = None
    dist: object = None
    server_name: object = None
    logger: object = None
    transaction: object = None
    culprit: object = None
    trace_id: object = None
    span_id: object = None
    parent_span_id: object = None
    session_id: object = None
    request: object = None
    response: object = None
    user: object = None
    tags: object = None
    contexts: object = None
    extra: object = None
    modules: object = None
    debug_meta: object = None
    sdk: object = None
    type: object = None
    threads: object = None
    stacktrace: object = None
    legacy_message: object = msgspec.field(default=None, name="sentry.interfaces.Message")
    legacy_exception: object = msgspec.field(default=None, name="sentry.interfaces.Exception")
    legacy_stacktrace: object = msgspec.field(default=None, name="sentry.interfaces.Stacktrace")
    legacy_http: object = msgspec.field(default=None, name="sentry.interfaces.Http")
    legacy_user: object = msgspec.field(default=None, name="sentry.interfaces.User")
    legacy_breadcrumbs: object = msgspec.field(default=None, name="sentry.interfaces.Breadcrumbs")
    breadcrumbs: object = None


class PlainEvent(QuickEvent):
    """Of ASCII without escapes: breadcrumbs need no cleaning either."""

    breadcrumbs: Crumbs | list[WireCrumb] | None = None


ANY: Final = msgspec.json.Decoder(QuickEvent)
PLAIN: Final = msgspec.json.Decoder(PlainEvent)
FIELDS: Final = tuple(
    (field, name)
    for field, name in zip(QuickEvent.__struct_fields__, QuickEvent.__struct_encode_fields__, strict=True)
    if field not in ("exception", "breadcrumbs")
)
EXCEPTION_FIELDS: Final = QuickException.__struct_fields__


def quickly(payload: bytes, plain: bool) -> Object | None:
    """The event, or None when it has another shape."""
    try:
        found: QuickEvent = PLAIN.decode(payload) if plain else ANY.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    event: Object = {name: value for field, name in FIELDS if (value := getattr(found, field)) is not None}
    values = found.exception.values if isinstance(found.exception, Exceptions) else found.exception
    event["exception"] = [{name: getattr(each, name) for name in EXCEPTION_FIELDS} for each in values]
    crumbs = found.breadcrumbs
    event["breadcrumbs"] = crumbs.values if isinstance(crumbs, Crumbs) else crumbs
    return event
