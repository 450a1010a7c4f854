"""Trace, span and session: which request of which system it belongs to."""

from typing import Final

import msgspec
import re2

from ingest_gateway.normalise.fields import is_hex
from ingest_gateway.normalise.http import header
from ingest_gateway.normalise.shapes import first, obj
from ingest_gateway.normalise.text import Json, Object
from schemas.error_event import Request

TRACEPARENT: Final = re2.compile("^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})(?:-|$)")
SENTRY_TRACE: Final = re2.compile("^([0-9a-f]{32})-([0-9a-f]{16})(?:-|$)")


class Trace(msgspec.Struct, frozen=True):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""


def trace(event: Object, contexts: Object, request: Request | None) -> Trace:
    """Of the event or `contexts.trace`; the request's own headers only when neither has one."""
    given = obj(contexts.get("trace"))
    found = Trace(
        _hex(first(event, "trace_id") or given.get("trace_id"), 32),
        _hex(first(event, "span_id") or given.get("span_id"), 16),
        _hex(first(event, "parent_span_id") or given.get("parent_span_id"), 16),
    )
    return found if found.trace_id or request is None else _from_headers(request)


def _from_headers(request: Request) -> Trace:
    for name, pattern in (("traceparent", TRACEPARENT), ("sentry-trace", SENTRY_TRACE)):
        found = pattern.search(header(request.headers, name).strip().lower())
        if found is not None:
            return Trace(found.group(1), "", found.group(2))
    return Trace()


def _hex(value: Json, length: int) -> str:
    """Lower hex without dashes; all zeros is no id."""
    if not isinstance(value, str) or len(value) > 40:
        return ""
    word = value.strip().lower().replace("-", "")
    return word if is_hex(word, length) and word.strip("0") else ""
