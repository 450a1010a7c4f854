"""The inner port: liveness, readiness and metrics. Never public."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from runtime.declared import METER

Check = Callable[[], str | None]
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def fine() -> str | None:
    return None


class Inner:
    """Serves `/health/live`, `/health/ready`, `/metrics`; a check returns None or what is wrong."""

    def __init__(self, port: int, ready: Check, live: Check = fine, host: str = "127.0.0.1") -> None:
        self.server = ThreadingHTTPServer((host, port), _handler(ready, live))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, name="inner-port", daemon=True)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _handler(ready: Check, live: Check) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path:
                case "/health/live":
                    self.answer(live())
                case "/health/ready":
                    self.answer(ready())
                case "/metrics":
                    self.send(200, METER.text(), METRICS_TYPE)
                case _:
                    self.send(404, b"not found\n")

        def answer(self, wrong: str | None) -> None:
            self.send(200 if wrong is None else 503, f"{wrong or 'ok'}\n".encode())

        def send(self, code: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes are not worth a line."""

    return Handler
