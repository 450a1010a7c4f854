"""What a client is told. Every answer carries the CORS headers: a browser hides the rest."""

from typing import Final, TypeAlias

import msgspec

from schemas.reasons import Reason

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

CORS: Final[Headers] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-sentry-error, x-sentry-rate-limits, retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"x-sentry-auth, x-api-key, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, "
        b"authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage, idempotency-key",
    ),
    (b"access-control-max-age", b"3600"),
)
JSON: Final = b"application/json"
GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

STATUS: Final = {
    Reason.BAD_FRAMING: 400,
    Reason.BAD_ENCODING: 400,
    Reason.NOT_JSON: 400,
    Reason.NOT_OBJECT: 400,
    Reason.TOO_DEEP: 400,
    Reason.SCHEMA: 400,
    Reason.HEADERS: 400,
    Reason.AUTH_MISSING: 401,
    Reason.AUTH_UNKNOWN: 403,
    Reason.AUTH_CONFLICT: 403,
    Reason.PROJECT_MISMATCH: 403,
    Reason.PROJECT_DISABLED: 403,
    Reason.ORIGIN_DENIED: 403,
    Reason.CLIENT_SLOW: 408,
    Reason.TOO_LARGE: 413,
    Reason.TOO_MANY: 413,
    Reason.BOMB: 413,
    Reason.UNKNOWN_ENCODING: 415,
    Reason.XML: 415,
    Reason.OVER_QUOTA: 429,
    Reason.STARTING: 503,
    Reason.UNAVAILABLE: 503,
    Reason.SPOOL_FULL: 503,
    Reason.OVERLOADED: 503,
    Reason.INTERNAL: 500,
}
RETRY_AFTER_S: Final = {
    Reason.STARTING: 5,
    Reason.UNAVAILABLE: 5,
    Reason.SPOOL_FULL: 10,
    Reason.OVERLOADED: 1,
}
SAYS: Final = {
    Reason.BAD_FRAMING: "the envelope is not well formed",
    Reason.BAD_ENCODING: "the body does not unpack",
    Reason.UNKNOWN_ENCODING: "this Content-Encoding is not understood; use gzip, deflate, br, zstd or none",
    Reason.HEADERS: "the request's headers are not acceptable",
    Reason.NOT_JSON: "the body is not JSON",
    Reason.NOT_OBJECT: "the JSON is not an object",
    Reason.TOO_DEEP: "the JSON is nested too deeply",
    Reason.SCHEMA: "the event is not what strict mode asks for",
    Reason.AUTH_MISSING: "no key: send X-Sentry-Auth, ?sentry_key=, X-Api-Key or Authorization",
    Reason.AUTH_UNKNOWN: "this key is not known here",
    Reason.AUTH_CONFLICT: "the request carries two different keys",
    Reason.PROJECT_MISMATCH: "the key belongs to another project",
    Reason.PROJECT_DISABLED: "the project is switched off",
    Reason.ORIGIN_DENIED: "the key does not admit this origin",
    Reason.CLIENT_SLOW: "the request took too long to arrive",
    Reason.TOO_LARGE: "the body is too large",
    Reason.TOO_MANY: "too many items",
    Reason.BOMB: "the body unpacks to far more than it should",
    Reason.XML: "XML is not accepted",
    Reason.OVER_QUOTA: "more events than the quota of this key or project admits",
    Reason.STARTING: "the gateway is starting; send again",
    Reason.UNAVAILABLE: "nothing durable can take the event now; send again",
    Reason.SPOOL_FULL: "nothing durable can take the event now; send again",
    Reason.OVERLOADED: "too many requests at once; send again",
    Reason.INTERNAL: "a bug of ours",
}


class Answer(msgspec.Struct, frozen=True):
    """`close`: should the body not have been read to its end, the connection cannot be used again."""

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    headers: Headers = ()
    reason: Reason | None = None
    close: bool = False


def accepted(event_id: str) -> Answer:
    """200 with the id of the (first) event; `{}` when the request named none."""
    return Answer(200, b'{"id":"' + event_id.encode() + b'"}' if event_id else b"{}")


def refused(reason: Reason, detail: str = "", close: bool = False) -> Answer:
    body = {"detail": SAYS.get(reason, reason), "causes": [detail or reason]}
    headers: Headers = ((b"x-sentry-error", reason.encode()),)
    wait_s = RETRY_AFTER_S.get(reason)
    if wait_s is not None:
        headers += ((b"retry-after", str(wait_s).encode()),)
    return Answer(STATUS[reason], msgspec.json.encode(body), JSON, headers, reason, close)


def over_quota(wait_s: int) -> Answer:
    """Both headers, category `error` only: a bare 429 makes SDKs mute everything for a minute."""
    headers: Headers = (
        (b"x-sentry-error", Reason.OVER_QUOTA.encode()),
        (b"retry-after", str(wait_s).encode()),
        (b"x-sentry-rate-limits", f"{wait_s}:error:project:quota".encode()),
    )
    body = msgspec.json.encode({"detail": SAYS[Reason.OVER_QUOTA], "causes": [Reason.OVER_QUOTA]})
    return Answer(429, body, JSON, headers, Reason.OVER_QUOTA)


NOT_FOUND: Final = Answer(404, b'{"detail":"no such route","causes":[]}')
ALLOW: Final[Headers] = ((b"allow", b"POST, OPTIONS"),)
NOT_ALLOWED: Final = Answer(405, b'{"detail":"method not allowed","causes":[]}', headers=ALLOW)
PREFLIGHTED: Final = Answer(204, headers=PREFLIGHT)
PIXEL: Final = Answer(200, GIF, b"image/gif", ((b"cache-control", b"no-store"),))


def raw_headers(answer: Answer, close: bool) -> list[tuple[bytes, bytes]]:
    """All headers as ASGI wants them; 204 has neither type nor length."""
    found = [*CORS, *answer.headers]
    if answer.status != 204:
        found += [(b"content-type", answer.content_type), (b"content-length", str(len(answer.body)).encode())]
    if close:
        found.append((b"connection", b"close"))
    return found
