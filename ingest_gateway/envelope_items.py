"""A read envelope to reports: ids shared out, sessions and feedback joined to their event, the rest counted."""

import hashlib

from msgspec.structs import replace

from ingest_gateway.crashes import CRASH
from ingest_gateway.decode import decode
from ingest_gateway.envelope import Envelope, Item
from ingest_gateway.items import Keep, keeping, known
from ingest_gateway.lost import lost_in_client
from ingest_gateway.normalise.fields import event_id as canonical_id
from ingest_gateway.normalise.fields import sdk
from ingest_gateway.normalise.shapes import first, obj
from ingest_gateway.normalise.text import Object, Texts, plain
from ingest_gateway.normalise.times import instant
from ingest_gateway.reports import Brought, Report
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept


def brought_by(envelope: Envelope) -> Brought:
    header = envelope.header or {}
    found = Opened(header)
    for item in envelope.items:
        found.add(item)
    found.count(Reason.TOO_MANY, envelope.count - len(envelope.items) - (envelope.open is not None))
    return Brought(
        reports=found.reports(),
        broken=envelope.refusal,
        counts=found.counts,
        event_id=found.event_id,
    )


class Opened:
    """The items of one envelope, sorted."""

    def __init__(self, header: Object) -> None:
        self.event_id = canonical_id(header.get("event_id"))
        self.sent_at = instant(header.get("sent_at"))
        self.sdk = sdk(header["sdk"], Texts()) if "sdk" in header else ""
        self.events: list[bytes | Reason] = []
        self.counts: dict[str, int] = {}
        self.session_id = self.feedback = ""
        self.crashed = False

    def add(self, item: Item) -> None:
        keep = keeping(item.type, item.header)
        if item.refusal is not None:
            return self._refuse(item.refusal, keep)
        match keep:
            case Keep.EVENT:
                self.events.append(item.payload or b"")
            case Keep.CRASH:
                self.crashed = True
            case Keep.NOTHING:
                self.count(Reason.ITEM_DROPPED if known(item.type) else Reason.ITEM_UNKNOWN)
            case _:
                self._tell(keep, item.payload or b"")
        return None

    def _refuse(self, reason: Reason, keep: Keep) -> None:
        if keep is Keep.EVENT:
            self.events.append(reason)
        else:
            self.count(reason)

    def count(self, reason: str, events: int = 1) -> None:
        if events > 0:
            self.counts[reason] = self.counts.get(reason, 0) + events

    def _tell(self, keep: Keep, payload: bytes) -> None:
        """Items that say something about an event, or about what a client lost."""
        match decode(payload):
            case Kept(value):
                told: Object = value
            case _:
                told = {}
        if keep is Keep.CLIENT_REPORT:
            for label, lost in lost_in_client(told).items():
                self.count(label, lost)
            return
        self.count(Reason.ITEM_DROPPED)
        if keep is Keep.SESSION:
            self.session_id = self.session_id or plain(told.get("sid"))[:256]
        else:
            self.feedback = self.feedback or feedback_text(told)

    def reports(self) -> tuple[Report, ...]:
        if self.crashed and not self.events:
            return (replace(self._report(0, b""), door=Door.MINIDUMP, value=CRASH),)
        return tuple(self._report(index, found) for index, found in enumerate(self.events))

    def _report(self, index: int, found: bytes | Reason) -> Report:
        """The first event takes the envelope's id; others have their own, or one that follows from it."""
        later = index > 0 and self.event_id
        return Report(
            door=Door.ENVELOPE,
            payload=b"" if isinstance(found, Reason) else found,
            refused=found if isinstance(found, Reason) else None,
            event_id="" if index else self.event_id,
            fallback_id=hashlib.sha256(f"{self.event_id}|{index}".encode()).hexdigest()[:32] if later else "",
            sent_at=self.sent_at,
            session_id=self.session_id,
            feedback=self.feedback,
            sdk=self.sdk,
        )


def feedback_text(told: Object) -> str:
    """Of a `feedback` item (in its contexts) or an old `user_report`."""
    said = obj(obj(told.get("contexts")).get("feedback"))
    return plain(first(said, "message") or first(told, "comments", "message"))[:8192]
