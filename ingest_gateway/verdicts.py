"""From what became of each report to the one answer of the request."""

from collections.abc import Sequence

from ingest_gateway.answer import Answer, accepted, refused
from ingest_gateway.prepare import Prepared
from ingest_gateway.reports import Brought
from schemas.reasons import Reason


def answer_for(brought: Brought, kept: Sequence[Prepared], lost: Sequence[Reason]) -> Answer:
    """`lost`: reasons of the event items that were no good, in order.

    Broken framing and caps are told even if events before them were kept; else 200 unless events
    came and none was usable.
    """
    if brought.broken is not None:
        return refused(brought.broken.reason, brought.broken.detail, close=True)
    if kept:
        return accepted(kept[0].event_id)
    if lost:
        return refused(lost[0])
    return accepted(brought.event_id)
