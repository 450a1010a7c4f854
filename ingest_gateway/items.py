"""Item types: which are kept, which are read for a count, which are dropped."""

from enum import StrEnum
from typing import Final

from ingest_gateway.normalise.text import Object

MAX_NAME: Final = 32


class Keep(StrEnum):
    """What becomes of an item's payload."""

    EVENT = "event"
    CRASH = "crash"  # a native crash report: only its arrival counts
    FEEDBACK = "feedback"
    CLIENT_REPORT = "client_report"
    SESSION = "session"
    NOTHING = "nothing"


KEPT: Final = {
    "event": Keep.EVENT,
    "feedback": Keep.FEEDBACK,
    "user_report": Keep.FEEDBACK,
    "client_report": Keep.CLIENT_REPORT,
    "session": Keep.SESSION,
}
CRASHES: Final = frozenset({"event.minidump", "event.applecrashreport"})
DROPPED: Final = frozenset(
    {
        "attachment",
        "check_in",
        "csp",
        "default",
        "expectct",
        "expectstaple",
        "form_data",
        "generic",
        "hpkp",
        "log",
        "metric_buckets",
        "metric_meta",
        "nel",
        "otel_log",
        "profile",
        "profile_chunk",
        "profile_chunk_ui",
        "raw_security",
        "replay_event",
        "replay_recording",
        "replay_video",
        "security",
        "sessions",
        "span",
        "statsd",
        "trace_metric",
        "transaction",
        "unreal_report",
    }
)
NOT_EVENTS: Final = DROPPED - {"default", "generic"}  # `type` inside an event payload that makes it another item


def keeping(kind: str, header: Object) -> Keep:
    if kind == "attachment" and header.get("attachment_type") in CRASHES:
        return Keep.CRASH
    return KEPT.get(kind, Keep.NOTHING)


def known(kind: str) -> bool:
    return kind in KEPT or kind in DROPPED


def is_other(payload: Object) -> bool:
    """Whether an `event` is in truth a transaction, a CSP report and the like."""
    return payload.get("type") in NOT_EVENTS and isinstance(payload.get("type"), str)
