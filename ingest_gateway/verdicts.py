"""From what became of each report to the one answer of the request."""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from ingest_gateway.answer import PIXEL, STATUS, Answer, accepted, over_quota, refused
from ingest_gateway.otlp.door import JSON, spoken
from ingest_gateway.prepare import Prepared
from ingest_gateway.reports import Brought
from ingest_gateway.routes import Way
from schemas.reasons import Reason
from schemas.verdict import Rejected

Ended: TypeAlias = Prepared | Rejected  # kept, or why not


def answer_for(way: Way, brought: Brought, ended: Sequence[Ended], wait_s: int = 0) -> Answer:
    """Broken framing and caps are told even if events before them were kept; else 200 unless events
    came and none was usable. `wait_s`: until the quota has room again.
    """
    if brought.broken is not None:
        return refused(brought.broken.reason, brought.broken.detail, close=True)
    if brought.batch:
        return batch(ended, wait_s)
    kept = [each for each in ended if isinstance(each, Prepared)]
    lost = [each for each in ended if isinstance(each, Rejected) and each.reason is not Reason.ITEM_DROPPED]
    if lost and not kept:
        spent = any(each.reason is Reason.OVER_QUOTA for each in lost)
        return over_quota(wait_s) if spent else refused(lost[0].reason, lost[0].detail)
    if way is Way.NATIVE and kept:
        return native(kept[0])
    if way is Way.MINIDUMP:
        return Answer(200, (kept[0].event_id if kept else brought.event_id).encode(), b"text/plain")
    if way is Way.CRON:
        return Answer(202, b"{}")
    return accepted(kept[0].event_id if kept else brought.event_id)


def native(kept: Prepared) -> Answer:
    return Answer(200, msgspec.json.encode({"id": kept.event_id, "warnings": kept.warnings}))


def batch(ended: Sequence[Ended], wait_s: int) -> Answer:
    """One result for each event, in the order sent. 207: mixed; else the one code that all share."""
    codes = {200 if isinstance(each, Prepared) else STATUS.get(each.reason, 400) for each in ended}
    body = msgspec.json.encode({"results": [_result(each) for each in ended]})
    if 200 in codes or not codes:
        return Answer(207 if len(codes) > 1 else 200, body)
    if 429 in codes:
        limits = over_quota(wait_s)
        return Answer(429, body, headers=limits.headers, reason=limits.reason)
    first = next(each.reason for each in ended if isinstance(each, Rejected))
    return Answer(400, body, headers=refused(first).headers, reason=first)


def _result(each: Ended) -> dict[str, object]:
    if isinstance(each, Prepared):
        return {"id": each.event_id, "status": 200, "error": None}
    return {"id": None, "status": STATUS.get(each.reason, 400), "error": each.reason}


OTLP = frozenset({Way.TRACES, Way.LOGS, Way.METRICS})


def spelt(answer: Answer, *, way: Way, method: str, content_type: str, ended: Sequence[Ended]) -> Answer:
    """The answer in the words of its door: OTLP in its own encoding, a picture for the GET of an image."""
    if way in OTLP:
        lost = sum(isinstance(each, Rejected) for each in ended)
        return spoken(answer, content_type == JSON, lost, way is Way.LOGS)
    if way is Way.STORE and method == "GET" and answer.status == 200:
        return PIXEL
    return answer
