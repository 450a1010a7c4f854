"""The native door: Sentry's event shape plus a few fields of ours; single, batch or one event a line."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from ingest_gateway.caps import BATCH_EVENTS, EVENT_BYTES
from ingest_gateway.decode import BOM, FAULTS, decode, loads
from ingest_gateway.lost import discarded
from ingest_gateway.normalise.shapes import first
from ingest_gateway.normalise.text import Json, Object, clean, clip
from ingest_gateway.reports import Brought, Call, Report
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

SHORTHAND: Final = ("type", "stacktrace")
LINES: Final = ("application/x-ndjson", "application/jsonl", "application/ndjson", "application/json-lines")
KNOWN: Final = frozenset(
    {
        "event_id",
        "timestamp",
        "level",
        "platform",
        "service",
        "environment",
        "release",
        "dist",
        "server_name",
        "logger",
        "transaction",
        "message",
        "type",
        "stacktrace",
        "exception",
        "fingerprint",
        "request",
        "response",
        "user",
        "trace_id",
        "span_id",
        "parent_span_id",
        "session_id",
        "breadcrumbs",
        "tags",
        "extra",
        "contexts",
        "modules",
        "debug_meta",
        "sdk",
        "handled",
        "logentry",
        "culprit",
        "threads",
        "errors",
        "_meta",
        "spans",
        "measurements",
        "start_timestamp",
        "transaction_info",
        "received",
        "version",
        "project",
        "dsn",
        "key",
    }
)
MAX_WARNINGS: Final = 10
NAME_BYTES: Final = 64


def brought_natively(body: bytes, call: Call) -> Brought:
    """One event; a list of them or one a line is a batch on this route too."""
    if call.content_type in LINES or body.removeprefix(BOM).lstrip()[:1] == b"[":
        return brought_as_batch(body, call)
    match decode(body):
        case Kept(event):
            return Brought(reports=(report(event, 0, call),))
        case Rejected() as rejected:
            return Brought(broken=rejected)


def brought_as_batch(body: bytes, call: Call) -> Brought:
    """`{"events": [..]}`, a bare list, or lines. One bad event never sinks the batch."""
    if call.content_type in LINES:
        lines = [line for line in body.removeprefix(BOM).split(b"\n") if line.strip()]
        return Brought(reports=tuple(_numbered(map(_line, lines), call)), batch=True)
    try:
        found = loads(body.removeprefix(BOM))
    except RecursionError:
        return Brought(broken=Rejected(Reason.TOO_DEEP))
    except FAULTS:
        return Brought(broken=Rejected(Reason.NOT_JSON))
    counts = discarded(found.get("discarded")) if isinstance(found, dict) else {}
    events = first(found, "events") if isinstance(found, dict) else found
    if not isinstance(events, list):
        return Brought(broken=Rejected(Reason.SCHEMA, "a batch is a list, or an object with a list of events"))
    return Brought(reports=tuple(_numbered(events, call)), counts=counts, batch=True)


def _line(line: bytes) -> Json:
    if len(line) > EVENT_BYTES:
        return Reason.TOO_LARGE
    match decode(line):
        case Kept(event):
            return event
        case Rejected(reason):
            return reason


def _numbered(events: Iterable[Json], call: Call) -> Iterator[Report]:
    for index, event in enumerate(events):
        if index >= BATCH_EVENTS:
            yield Report(door=Door.NATIVE, refused=Reason.TOO_MANY)
        elif isinstance(event, dict):
            yield report(event, index, call)
        else:
            yield Report(door=Door.NATIVE, refused=event if isinstance(event, Reason) else Reason.NOT_OBJECT)


def report(event: Object, index: int, call: Call) -> Report:
    unknown = [name for name in event if name not in KNOWN and not name.startswith("sentry.interfaces.")]
    warnings = tuple(f"unknown field '{clip(clean(name), NAME_BYTES)}'" for name in unknown[:MAX_WARNINGS])
    if warnings and call.strict:
        return Report(door=Door.NATIVE, refused=Reason.SCHEMA, warnings=warnings)
    return Report(
        door=Door.NATIVE,
        value=widened(with_extra(event, unknown)),
        fallback_id=fallback_id(call, index),
        warnings=warnings,
        strict=call.strict,
    )


def with_extra(event: Object, unknown: list[str]) -> Object:
    """Fields that we do not know are kept where free data stands."""
    if not unknown:
        return event
    given = event.get("extra")
    extra = {name: event[name] for name in unknown} | (given if isinstance(given, dict) else {})
    return {name: value for name, value in event.items() if name not in unknown} | {"extra": extra}


def fallback_id(call: Call, index: int) -> str:
    """Of an `Idempotency-Key`: a repeated request makes the same events again."""
    if not call.idempotency_key:
        return ""
    text = f"{call.admission.project_id}|{call.idempotency_key}|{index}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def widened(event: Object) -> Object:
    """The shorthand `type`, `message`, `stacktrace` as the one exception it stands for."""
    kind: Json = event.get("type")
    if not isinstance(kind, str) or not kind or first(event, "exception") is not None:
        return event
    found: Object = {name: value for name, value in event.items() if name not in SHORTHAND}
    value = found.pop("message", None)
    found["exception"] = {"values": [{"type": kind, "value": value, "stacktrace": event.get("stacktrace")}]}
    return found
