"""What clients say they lost before it came here: counted by category and reason, both closed sets."""

from collections import Counter
from typing import Final

from ingest_gateway.normalise.shapes import listed, obj, whole
from ingest_gateway.normalise.text import Json, Object
from schemas.reasons import Reason

CATEGORIES: Final = frozenset(
    {
        "error",
        "default",
        "security",
        "attachment",
        "session",
        "transaction",
        "span",
        "profile",
        "replay",
        "feedback",
        "monitor",
        "log_item",
        "metric_bucket",
    }
)
REASONS: Final = frozenset(
    {
        "queue_overflow",
        "cache_overflow",
        "buffer_overflow",
        "ratelimit_backoff",
        "network_error",
        "sample_rate",
        "before_send",
        "event_processor",
        "send_error",
        "internal_sdk_error",
        "insufficient_data",
        "backpressure",
        "queue_full",
        "too_large",
        "refused",
    }
)
LISTS: Final = ("discarded_events", "rate_limited_events", "filtered_events", "filtered_sampling_events")
MOST: Final = 10**9


def lost_in_client(report: Object) -> Counter[str]:
    """Of a `client_report` item."""
    found: Counter[str] = Counter()
    for name in LISTS:
        for entry in map(obj, listed(report.get(name))):
            found[label(entry.get("category"), entry.get("reason"))] += whole(entry.get("quantity"), MOST) or 0
    return found


def discarded(value: Json) -> Counter[str]:
    """Of the native batch: `{"queue_full": 3}`."""
    found: Counter[str] = Counter()
    for reason, count in obj(value).items():
        found[label("error", reason)] += whole(count, MOST) or 0
    return found


def label(category: Json, reason: Json) -> str:
    known_category = category if isinstance(category, str) and category in CATEGORIES else "other"
    known_reason = reason if isinstance(reason, str) and reason in REASONS else "other"
    return f"{Reason.CLIENT_DISCARDED}.{known_category}.{known_reason}"
