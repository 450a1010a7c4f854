"""Paths of the door. Which protocol speaks there, and for which project."""

from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec
import re2

from ingest_gateway.answer import NOT_ALLOWED, NOT_FOUND, PREFLIGHTED, Answer

PROJECT: Final = re2.compile("^[1-9][0-9]{0,18}$")
GET: Final = "GET"
POST: Final = "POST"


class Way(StrEnum):
    """Which reader takes the body."""

    ENVELOPE = "envelope"
    STORE = "store"
    NATIVE = "native"
    BATCH = "batch"
    REPORT = "report"
    MINIDUMP = "minidump"
    CRON = "cron"
    SWALLOW = "swallow"
    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"
    HOOK = "hook"


BY_LAST: Final = {
    "envelope": Way.ENVELOPE,
    "store": Way.STORE,
    "security": Way.REPORT,
    "csp-report": Way.REPORT,
    "nel": Way.REPORT,
    "minidump": Way.MINIDUMP,
    "upload": Way.SWALLOW,
}
OTLP: Final = {"traces": Way.TRACES, "logs": Way.LOGS, "metrics": Way.METRICS}
ALSO_GET: Final = frozenset({Way.STORE, Way.CRON})


class Route(msgspec.Struct, frozen=True):
    """`project_id` 0: the key alone says it. `key`: one that stands in the path. `word`: slug or source."""

    way: Way
    project_id: int = 0
    key: str = ""
    word: str = ""


@lru_cache(maxsize=1024)
def route(method: str, path: str, prefix: str = "") -> Route | Answer:
    """Repeated slashes count as one, the last is optional. `prefix`: path that a DSN may carry before /api/."""
    found = _route(_parts(path, prefix))
    if found is None:
        return NOT_FOUND
    if method == "OPTIONS":
        return PREFLIGHTED
    if method == POST or (method == GET and found.way in ALSO_GET):
        return found
    return NOT_ALLOWED


def _parts(path: str, prefix: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    before = [part for part in prefix.split("/") if part]
    return parts[len(before) :] if before and parts[: len(before)] == before else parts


def _route(parts: list[str]) -> Route | None:
    match parts:
        case ["api", "v1", "events"]:
            return Route(Way.NATIVE)
        case ["api", "v1", "events", "batch"]:
            return Route(Way.BATCH)
        case ["api", "v1", "hooks", key, source]:
            return Route(Way.HOOK, key=key, word=source)
        case ["api", "store"]:
            return Route(Way.STORE)
        case ["v1", signal] if signal in OTLP:
            return Route(OTLP[signal])
        case ["api", project, *rest] if PROJECT.search(project):
            return _of_project(int(project), rest)
        case _:
            return None


def _of_project(project_id: int, rest: list[str]) -> Route | None:
    match rest:
        case [last] if last in BY_LAST:
            return Route(BY_LAST[last], project_id)
        case ["otlp", "v1", signal] | ["integration", "otlp", "v1", signal] if signal in OTLP:
            return Route(OTLP[signal], project_id)
        case ["cron", slug]:
            return Route(Way.CRON, project_id, word=slug)
        case ["cron", slug, key]:
            return Route(Way.CRON, project_id, key, slug)
        case ["unreal", key]:
            return Route(Way.SWALLOW, project_id, key)
        case ["events", _, "attachments"]:
            return Route(Way.SWALLOW, project_id)
        case _:
            return None
