"""Bodies of the door's benchmark: a usual 10 KB envelope, clean and with secrets, plain and packed."""

import gzip
import json
from typing import Any, Final

EVENT_ID: Final = "9f3a0c1e22d4b8709f3a0c1e22d4b870"


def frame(number: int) -> dict[str, Any]:
    return {
        "filename": f"shop/views/part_{number}.py",
        "abs_path": f"/srv/app/shop/views/part_{number}.py",
        "function": f"step_{number}",
        "module": f"shop.views.part_{number}",
        "lineno": 40 + number,
        "in_app": number % 2 == 0,
        "pre_context": [f"    total = sum(item.price for item in items_{number})", "    net = total / factor", ""],
        "context_line": f"    return apply(order, net, step={number})",
        "post_context": ["", f"def following_{number}(order, net):", "    return order.total - net"],
        "vars": {"order": {"number": "4711", "state": "'open'"}, "net": "12.5", "items": ["'a'", "'b'"]},
    }


def event(dirty: bool) -> dict[str, Any]:
    headers = {"Host": "shop.example", "User-Agent": "Mozilla/5.0 (X11; Linux)", "Accept": "*/*"}
    if dirty:
        headers |= {"Cookie": "sid=0123456789abcdef", "Authorization": "Bearer abcdef0123456789"}
    return {
        "event_id": EVENT_ID,
        "timestamp": "2026-05-04T10:00:00.123Z",
        "platform": "python",
        "level": "error",
        "release": "shop@2.4.1",
        "environment": "prod",
        "server_name": "web-1",
        "transaction": "POST /pay",
        "sdk": {"name": "sentry.python.django", "version": "2.75.0"},
        "exception": {
            "values": [
                {
                    "type": "KeyError",
                    "value": "'amount'",
                    "module": None,
                    "mechanism": {"type": "django", "handled": False},
                    "stacktrace": {"frames": [frame(number) for number in range(11)]},
                }
            ]
        },
        "request": {
            "url": "http://shop.example/pay",
            "method": "POST",
            "headers": headers,
            "query_string": "page=2",
            "data": {"basket": 12, "card": "4111 1111 1111 1111"} if dirty else {"basket": 12},
        },
        "user": {"id": "u7"},
        "tags": {"shard": "3"},
        "contexts": {
            "trace": {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"},
            "runtime": {"name": "CPython", "version": "3.11.7"},
        },
        "breadcrumbs": {
            "values": [
                {
                    "timestamp": "2026-05-04T09:59:59.123Z",
                    "category": "query",
                    "message": f"basket read, part {number} of 12, by name and number",
                    "type": "default",
                    "level": "info",
                }
                for number in range(12)
            ]
        },
        "modules": {f"package-{number}": f"1.{number}.0" for number in range(40)},
    }


def envelope(dirty: bool) -> bytes:
    payload = json.dumps(event(dirty)).encode()
    header = json.dumps({"event_id": EVENT_ID, "sent_at": "2026-05-04T10:00:00.200Z"}).encode()
    item = json.dumps({"type": "event", "content_type": "application/json", "length": len(payload)}).encode()
    return header + b"\n" + item + b"\n" + payload + b"\n"


def bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    packed = {"Content-Encoding": "gzip"}
    return {
        "clean, plain": (envelope(False), {}),
        "clean, gzip": (gzip.compress(envelope(False)), packed),
        "dirty, plain": (envelope(True), {}),
        "dirty, gzip": (gzip.compress(envelope(True)), packed),
    }


def request(body: bytes, key: str, headers: dict[str, str]) -> bytes:
    given = {
        "Host": "127.0.0.1",
        "User-Agent": "sentry.python/2.75.0",
        "Content-Type": "application/x-sentry-envelope",
        "X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version=7, sentry_client=sentry.python/2.75.0",
        "Content-Length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST /api/1/envelope/ HTTP/1.1\r\n{head}\r\n".encode() + body
