"""Breadcrumbs: the newest 100, in order."""

from typing import Final

from ingest_gateway.normalise.levels import level
from ingest_gateway.normalise.maps import mapping
from ingest_gateway.normalise.shapes import first, listed
from ingest_gateway.normalise.text import Json, Object, Texts
from ingest_gateway.normalise.times import instant
from ingest_gateway.normalise.wire import WireCrumb
from schemas.error_event import Breadcrumb
from schemas.kinds import Level

MAX_CRUMBS: Final = 100
DATA: Final = (20, 64, 512)


def breadcrumbs(event: Object, texts: Texts, shift_ms: int = 0) -> tuple[Breadcrumb, ...]:
    """`shift_ms` is added to their times: the client's clock was found wrong by that much."""
    found = listed(first(event, "breadcrumbs", "sentry.interfaces.Breadcrumbs"))
    typed = [each for each in found if isinstance(each, WireCrumb)]
    if typed:
        if len(typed) > MAX_CRUMBS:
            texts.notes.add("count", "breadcrumbs", len(typed) - MAX_CRUMBS)
        return tuple([_quick(each, texts, shift_ms) for each in typed[-MAX_CRUMBS:]])
    raw = [each for each in found if isinstance(each, dict)]
    if len(raw) > MAX_CRUMBS:
        texts.notes.add("count", "breadcrumbs", len(raw) - MAX_CRUMBS)
    return tuple([_crumb(each, texts, shift_ms) for each in raw[-MAX_CRUMBS:]])


def _quick(wire: WireCrumb, texts: Texts, shift_ms: int) -> Breadcrumb:
    """The same as `_crumb`, of one that is as the protocol says."""
    at = instant(wire.timestamp)
    return Breadcrumb(
        at=None if at is None else max(0, at + shift_ms),
        category=wire.type or "" if wire.category is None else wire.category,
        level=level(wire.level, Level.INFO),
        message=wire.message or "",
        data=_data(wire.data, texts),
    )


def _crumb(raw: Object, texts: Texts, shift_ms: int) -> Breadcrumb:
    at = instant(raw.get("timestamp"))
    return Breadcrumb(
        at=None if at is None else max(0, at + shift_ms),
        category=texts.take(first(raw, "category", "type"), 64, "breadcrumb.category"),
        level=level(raw.get("level"), Level.INFO),
        message=texts.take(raw.get("message"), 1024, "breadcrumb.message"),
        data=_data(raw.get("data"), texts),
    )


def _data(value: Json, texts: Texts) -> dict[str, str]:
    return mapping(value, DATA, "breadcrumb.data", texts) if value else {}
