"""The request behind an event as a shell command. What was scrubbed stays a placeholder."""

from shlex import quote

from schemas.error_event import ErrorEvent

MOST: int = 16_384


def command(event: ErrorEvent) -> str:
    """Empty when the event has no request."""
    request = event.request
    if request is None or not request.url:
        return ""
    query = "&".join(f"{name}={value}" for name, value in request.query)
    address = f"{request.url}?{query}" if query else request.url
    parts = ["curl", "-X", quote(plain(request.method or "GET")), quote(plain(address))]
    for name, value in request.headers:
        parts += ["-H", quote(plain(f"{name}: {value}"))]
    if request.cookies:
        parts += ["-b", quote(plain("; ".join(f"{name}={value}" for name, value in request.cookies)))]
    if request.body is not None and request.body.text:
        parts += ["--data-raw", quote(request.body.text.replace("\x00", ""))]
    return " ".join(parts)[:MOST]


def plain(text: str) -> str:
    """One line: a header that holds a line break would be two."""
    return "".join(sign for sign in text if sign.isprintable())
