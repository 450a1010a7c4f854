"""Events as clients send them, and the record that the door makes of one."""

from typing import Any

import msgspec

from ingest_gateway.normalise.event import Arrival, normalise
from ingest_gateway.normalise.text import Texts
from schemas.error_event import ErrorEvent
from schemas.kinds import Door

NOW = 1_777_888_800_000  # 2026-05-04T10:00:00Z
NEW_ID = "0" * 31 + "1"


def an_arrival(**fields: Any) -> Arrival:
    given = {"project_id": 1, "slug": "shop", "door": Door.ENVELOPE, "received_at": NOW, "new_id": NEW_ID}
    return Arrival(**(given | fields))


def record_of(event: dict[str, Any], **arrival: Any) -> ErrorEvent:
    """What becomes of an event; encoded and decoded once, so that it is a legal record."""
    found = normalise(event, an_arrival(**arrival), Texts())
    return msgspec.json.decode(msgspec.json.encode(found), type=ErrorEvent)


def an_exception(**fields: Any) -> dict[str, Any]:
    return {"exception": {"values": [{"type": "KeyError", "value": "'amount'"} | fields]}}


def with_frames(*frames: dict[str, Any], **event: Any) -> dict[str, Any]:
    return an_exception(stacktrace={"frames": list(frames)}) | event


def cuts_of(record: ErrorEvent) -> dict[str, str]:
    return {cut.where: cut.rule for cut in record.cuts}
