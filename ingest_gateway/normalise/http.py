"""The request during which it happened, and the response it led to."""

from typing import Final
from urllib.parse import unquote

from ingest_gateway.normalise.bodies import body
from ingest_gateway.normalise.maps import text_pairs
from ingest_gateway.normalise.shapes import first, obj, whole
from ingest_gateway.normalise.text import Json, Object, Texts
from ingest_gateway.normalise.urls import bare, query_of, query_pairs
from schemas.error_event import Pairs, Request, Response

URL_BYTES: Final = 2048


def request(event: Object, texts: Texts) -> Request | None:
    raw = obj(first(event, "request", "sentry.interfaces.Http"))
    if not raw:
        return None
    headers = text_pairs(raw.get("headers"), "request.headers", texts)
    url = texts.take(raw.get("url"), 8192, "request.url").strip()
    found = Request(
        method=texts.word(raw.get("method"), 16, "request.method"),
        url=texts.take(bare(url), URL_BYTES, "request.url"),
        route=texts.take(raw.get("route"), 256, "request.route"),
        query=_query(first(raw, "query_string", "query") or query_of(url), texts),
        headers=headers,
        cookies=_cookies(raw.get("cookies"), texts),
        body=body(first(raw, "data", "body"), header(headers, "content-type"), texts),
        remote_ip=texts.word(_remote(raw), 45, "request.remote_ip"),
    )
    return None if found == Request() else found


def response(event: Object, contexts: Object, texts: Texts) -> Response | None:
    """Top-level `response`, else `contexts.response`; the two share their names."""
    raw = obj(event.get("response")) or obj(contexts.get("response"))
    if not raw:
        return None
    headers = text_pairs(raw.get("headers"), "response.headers", texts)
    found = Response(
        status=whole(first(raw, "status_code", "status"), 999) or 0,
        headers=headers,
        body=body(first(raw, "data", "body"), header(headers, "content-type"), texts),
        duration_ms=whole(raw.get("duration_ms"), 2**53),
    )
    return None if found == Response() else found


def header(headers: Pairs, name: str) -> str:
    for key, value in headers:
        if key.lower() == name:
            return value
    return ""


def _remote(raw: Object) -> Json:
    env = obj(raw.get("env"))
    return first(env, "REMOTE_ADDR", "remote_addr") or raw.get("remote_addr")


def _query(value: Json, texts: Texts) -> Pairs:
    if isinstance(value, str):
        return text_pairs([list(pair) for pair in query_pairs(value)], "request.query", texts)
    return text_pairs(value, "request.query", texts)


def _cookies(value: Json, texts: Texts) -> Pairs:
    if not isinstance(value, str):
        return text_pairs(value, "request.cookies", texts)
    found: list[Json] = []
    for part in value.split(";"):
        name, mark, text = part.strip().partition("=")
        if name:
            found.append([name, unquote(text, errors="replace") if mark else ""])
    return text_pairs(found, "request.cookies", texts)
