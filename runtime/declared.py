"""The list of metrics. docs/metrics.md is generated from it; label sets are closed."""

from typing import Final

from runtime.metrics import Kind, Meter, Metric, closed
from schemas.kinds import Channel, DeliveryState, Door
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

STAGES: Final = closed(("fingerprint", "recurrence", "escalation"))
API_GROUPS: Final = closed(
    (
        *("sign-in", "issues", "events", "stats", "alerts", "deliveries", "settings", "people", "releases", "ops"),
        *("audit", "none"),
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
    Metric(
        "gregor_stage_records_total",
        Kind.COUNTER,
        "Records that a stage decided, by how they ended.",
        {"stage": STAGES, "ended": closed(("kept", "dropped", "rejected", "skipped"))},
    ),
    Metric("gregor_stage_batch_seconds", Kind.HISTOGRAM, "Time of one batch from queue to ack.", {"stage": STAGES}),
    Metric(
        "gregor_stage_batch_records",
        Kind.HISTOGRAM,
        "Records of one batch.",
        {"stage": STAGES},
        (1, 2, 5, 10, 20, 50, 100, 200, 500),
    ),
    Metric(
        "gregor_stage_barrier_seconds",
        Kind.HISTOGRAM,
        "Time until every record of a batch was acknowledged: outputs, then changelog.",
        {"stage": STAGES, "barrier": closed(("emit", "log"))},
    ),
    Metric("gregor_stage_lag", Kind.GAUGE, "Records before the stage, of its partitions here.", {"stage": STAGES}),
    Metric(
        "gregor_stage_watermark_at_seconds",
        Kind.GAUGE,
        "All that was accepted before this instant has reached the stage and is decided.",
        {"stage": STAGES},
    ),
    Metric(
        "gregor_stage_newest_at_seconds",
        Kind.GAUGE,
        "Append time of the newest record that the stage handled.",
        {"stage": STAGES},
    ),
    Metric(
        "gregor_stage_lost_total",
        Kind.COUNTER,
        "Records that expired unread and were given up by GREGOR_STAGES_ACCEPT_LOSS.",
        {"stage": STAGES},
    ),
    Metric(
        "gregor_stage_settings_missed_total",
        Kind.COUNTER,
        "Batches decided without the settings that one of their records asks for.",
        {"stage": STAGES},
    ),
    Metric(
        "gregor_gateway_requests_total",
        Kind.COUNTER,
        "Requests answered, by door and by the reason of a refusal (ok: there was none).",
        {"door": closed(Door), "reason": closed(["ok", *Reason])},
    ),
    Metric("gregor_gateway_request_seconds", Kind.HISTOGRAM, "From headers to answer.", {"door": closed(Door)}),
    Metric("gregor_gateway_stubs_total", Kind.COUNTER, "Events that a bug of ours shrank to their ids: look at once."),
    Metric("gregor_gateway_held_bytes", Kind.GAUGE, "Bytes of requests in memory."),
    Metric("gregor_gateway_spool_bytes", Kind.GAUGE, "Bytes of events on disk that Kafka did not take yet."),
    Metric(
        "gregor_gateway_spool_oldest_at_seconds",
        Kind.GAUGE,
        "When the oldest segment of the spool was begun, seconds since 1970; 0: the spool is empty.",
    ),
    Metric(
        "gregor_gateway_spool_bad_total",
        Kind.COUNTER,
        "Pieces of the spool put aside: damaged on disk, or refused by Kafka for good. Look at the .bad files.",
        {"why": closed(("spool_damaged", "refused"))},
    ),
    Metric("gregor_gateway_breaker_open", Kind.GAUGE, "1 while Kafka does not acknowledge in time."),
    Metric(
        "gregor_ticker_records_total",
        Kind.COUNTER,
        "Ticks and markers acknowledged by the broker.",
        {"kind": closed(("tick", "marker"))},
    ),
    Metric(
        "gregor_sink_facts_total",
        Kind.COUNTER,
        "Records that the PostgreSQL sink committed, by what they are.",
        {"kind": closed(("occurrence", "change", "step", "result", "outcome", "marker"))},
    ),
    Metric("gregor_sink_duplicates_total", Kind.COUNTER, "Events that PostgreSQL had already, from another position."),
    Metric("gregor_sink_lost_total", Kind.COUNTER, "Records that expired before the PostgreSQL sink read them."),
    Metric("gregor_sink_documents_total", Kind.COUNTER, "Documents that the MongoDB sink wrote, repeats included."),
    # notifier
    Metric(
        "gregor_deliveries_total",
        Kind.COUNTER,
        "Attempts and cancellations of deliveries, by the state they led to.",
        {"channel": closed(Channel), "state": closed(DeliveryState)},
    ),
    Metric(
        "gregor_delivery_latency_seconds",
        Kind.HISTOGRAM,
        "From the error received to the notification accepted by the provider; first attempts of opening alerts.",
        {"channel": closed(Channel)},
        (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0),
    ),
    Metric(
        "gregor_delivery_provider_seconds",
        Kind.HISTOGRAM,
        "Time a provider took to answer one attempt.",
        {"channel": closed(Channel)},
    ),
    Metric("gregor_notifier_decision_seconds", Kind.HISTOGRAM, "Time to decide one step, without the ledger."),
    Metric("gregor_notifier_ledger_seconds", Kind.HISTOGRAM, "Time to decide and store one batch of steps."),
    Metric("gregor_notifier_sweep_at", Kind.GAUGE, "When the queue was last looked at, seconds since 1970."),
    # api
    Metric(
        "gregor_api_requests_total",
        Kind.COUNTER,
        "Requests answered, by group of operations and class of status.",
        {"group": API_GROUPS, "status": closed(("2xx", "3xx", "4xx", "5xx"))},
    ),
    Metric(
        "gregor_api_request_seconds", Kind.HISTOGRAM, "From headers to the end of the answer.", {"group": API_GROUPS}
    ),
    Metric("gregor_api_sign_ins_total", Kind.COUNTER, "Passwords tried.", {"ended": closed(("ok", "refused"))}),
    Metric(
        "gregor_api_published_total",
        Kind.COUNTER,
        "Rows of the outbox that Kafka acknowledged.",
        {"kind": closed(("setting", "command"))},
    ),
    Metric("gregor_api_outbox_empty_at_seconds", Kind.GAUGE, "When the relay last found the outbox empty; 0: not yet."),
    Metric("gregor_api_watchers", Kind.GAUGE, "Clients of live updates."),
)

METER: Final = Meter(METRICS)
counter = METER.counter
gauge = METER.gauge
histogram = METER.histogram
