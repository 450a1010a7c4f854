"""Logs: one JSON object a line on standard error. Values are fields, never part of the message."""

import json
import logging
import sys
import time
from typing import Any, Final

QUIET: Final = ("aiokafka", "faust", "mode", "kafka", "asyncio", "urllib3", "pymongo", "httptools", "uvicorn")


class JsonLines(logging.Formatter):
    """`fields` given as `extra={"fields": {...}}` stand beside time, level, service and message."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def configure(service: str, level: str = "INFO") -> None:
    """Call once, in the entry point of a process. Libraries speak from WARNING on only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
