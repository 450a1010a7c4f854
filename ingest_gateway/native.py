"""The native door: Sentry's event shape plus a few fields of ours at top level."""

from typing import Final

from ingest_gateway.normalise.shapes import first
from ingest_gateway.normalise.text import Json, Object
from ingest_gateway.reports import Brought, Report
from schemas.kinds import Door

SHORTHAND: Final = ("type", "stacktrace")


def brought_natively(body: bytes) -> Brought:
    return Brought(reports=(Report(door=Door.NATIVE, payload=body),))


def widened(event: Object) -> Object:
    """The shorthand `type`, `message`, `stacktrace` as the one exception it stands for."""
    kind: Json = event.get("type")
    if not isinstance(kind, str) or not kind or first(event, "exception") is not None:
        return event
    found: Object = {name: value for name, value in event.items() if name not in SHORTHAND}
    value = found.pop("message", None)
    found["exception"] = {"values": [{"type": kind, "value": value, "stacktrace": event.get("stacktrace")}]}
    return found
