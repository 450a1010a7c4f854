"""One report to the bytes of its record: decode, normalise, scrub, settle, fit. The same for every door."""

from collections.abc import Callable
from typing import Final

import msgspec
import re2
from msgspec.structs import replace

from domain.home import settle
from domain.ids import user_hash
from ingest_gateway.caps import RECORD_BYTES
from ingest_gateway.decode import decode
from ingest_gateway.directory import Admission
from ingest_gateway.items import is_other
from ingest_gateway.normalise.event import Arrival, normalise
from ingest_gateway.normalise.quick import quickly
from ingest_gateway.normalise.text import Texts
from ingest_gateway.normalise.user import ident
from ingest_gateway.reports import Report
from ingest_gateway.scrub.walk import scrub
from ingest_gateway.trim import fit
from schemas.error_event import Cut, ErrorEvent
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from schemas.wire import encode

ESCAPES: Final = re2.compile(rb"\\[ubrf]")
MAX_WARNINGS: Final = 10
SENTRY_DOORS: Final = frozenset({Door.ENVELOPE, Door.STORE})


class Moment(msgspec.Struct, frozen=True):
    """When and from where a request came; `new_id` is chance, given as a function."""

    at: int
    peer: str
    new_id: Callable[[], str]


class Prepared(msgspec.Struct, frozen=True):
    """A record ready to publish, and what the log says of it."""

    event_id: str
    key: bytes
    value: bytes
    cuts: tuple[Cut, ...] = ()
    scrubbed: dict[str, int] = {}
    warnings: tuple[str, ...] = ()


def prepare(report: Report, admission: Admission, moment: Moment) -> Verdict[Prepared]:
    if report.refused is not None:
        return Rejected(report.refused, "; ".join(report.warnings))
    if report.value is not None:
        event = normalise(report.value, arrival_of(report, admission, moment), Texts())
        return warned(report, finished(event, admission))
    texts = texts_for(report.payload)
    quick = quickly(report.payload, texts.plain)
    match decode(report.payload) if quick is None else Kept(quick):
        case Kept(value):
            if report.door in SENTRY_DOORS and is_other(value):
                return Dropped(Reason.ITEM_DROPPED)
            event = normalise(value, arrival_of(report, admission, moment), texts, admission.memos)
            return Kept(finished(event, admission))
        case rejected:
            return rejected


def warned(report: Report, found: Prepared) -> Verdict[Prepared]:
    """With a warning for what was unknown or cut; in strict mode any warning refuses the event."""
    cuts = [f"{cut.where}: {cut.rule}" for cut in found.cuts]
    warnings = (*report.warnings, *cuts)[:MAX_WARNINGS]
    if warnings and report.strict:
        return Rejected(Reason.SCHEMA, "; ".join(warnings))
    return Kept(replace(found, warnings=warnings))


def texts_for(payload: bytes) -> Texts:
    """By what the JSON may hide: escapes of control characters, and text that is not ASCII. No payload: who knows."""
    escaped = not payload or ESCAPES.search(payload) is not None
    return Texts(escaped, plain=payload.isascii())


def finished(event: ErrorEvent, admission: Admission) -> Prepared:
    """Settled and encoded once; only what the scan finds is scrubbed, settled and encoded again."""
    who = user_hash(admission.salt, ident(event.user)) if admission.salt else ""
    event = settle(replace(event, user_hash=who) if who else event, admission.rules)
    raw = encode(event)
    if admission.scrubber.prefilter.search(raw):
        event = settle(scrub(event, admission.scrubber), admission.rules)
        raw = encode(event)
    if len(raw) > RECORD_BYTES:
        event = settle(fit(event, RECORD_BYTES), admission.rules)
        raw = encode(event)
    return Prepared(event.event_id, event.home_key.encode(), raw, event.cuts, event.scrubbed)


def arrival_of(report: Report, admission: Admission, moment: Moment) -> Arrival:
    return Arrival(
        project_id=admission.project_id,
        slug=admission.slug,
        door=report.door,
        received_at=moment.at,
        new_id=report.fallback_id or moment.new_id(),
        key_id=admission.key_id,
        event_id=report.event_id,
        sent_at=report.sent_at,
        peer=moment.peer,
        default_service=admission.default_service,
        session_id=report.session_id,
        feedback=report.feedback,
        sdk=report.sdk,
        in_app_prefixes=admission.in_app_prefixes,
        tag_keys=admission.tag_keys,
    )


def stub(report: Report, admission: Admission, moment: Moment) -> Prepared:
    """After a bug of ours: an event of which nothing but its id and origin is left. Neither lost nor leaked."""
    bare = replace(report, payload=b"", value={"message": "(the gateway failed to read this event)"}, session_id="")
    kept = arrival_of(replace(bare, feedback="", sdk=""), admission, moment)
    event = settle(normalise(bare.value or {}, kept, Texts()))
    return Prepared(event.event_id, event.home_key.encode(), encode(event))
