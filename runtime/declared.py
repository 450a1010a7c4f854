"""The list of metrics. docs/metrics.md is generated from it; label sets are closed."""

from typing import Final

from runtime.metrics import Kind, Meter, Metric, closed
from schemas.reasons import Reason

SERVICES: Final = closed(
    (
        "gateway",
        "intake",
        "fingerprint",
        "recurrence",
        "escalation",
        "ticker",
        "sink-postgres",
        "sink-mongo",
        "notifier",
        "api",
    )
)

METRICS: Final = (
    Metric(
        "gregor_consumer_messages_total",
        Kind.COUNTER,
        "Messages that a consumer handled, by how they ended.",
        {"service": SERVICES, "ended": closed(("kept", "dropped", "rejected", "skipped"))},
    ),
    Metric(
        "gregor_consumer_batch_seconds",
        Kind.HISTOGRAM,
        "Time to decide and carry out one batch.",
        {"service": SERVICES},
    ),
    Metric(
        "gregor_dead_letters_total",
        Kind.COUNTER,
        "Dead letters written, by reason.",
        {"service": SERVICES, "reason": closed(Reason)},
    ),
    Metric("gregor_settings_offset", Kind.GAUGE, "Offset of the newest setting in this process's view."),
    Metric("gregor_settings_refused_total", Kind.COUNTER, "Settings that could not be decoded and were passed over."),
)

METER: Final = Meter(METRICS)
counter = METER.counter
gauge = METER.gauge
histogram = METER.histogram
