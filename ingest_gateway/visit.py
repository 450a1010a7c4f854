"""One request as the door sees it, and the one line the log keeps of it: no body, no query, no address."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ingest_gateway.answer import Answer
from ingest_gateway.auth import Credentials, keys_of, query_fields
from ingest_gateway.directory import Admission
from ingest_gateway.prepare import Prepared
from ingest_gateway.reports import Brought, Call
from ingest_gateway.routes import Route, Way
from schemas.kinds import Door
from schemas.verdict import Rejected

DOORS: Final[Mapping[Way, Door]] = {
    Way.ENVELOPE: Door.ENVELOPE,
    Way.STORE: Door.STORE,
    Way.NATIVE: Door.NATIVE,
    Way.BATCH: Door.NATIVE,
    Way.REPORT: Door.BROWSER_REPORT,
    Way.MINIDUMP: Door.MINIDUMP,
    Way.TRACES: Door.OTLP,
    Way.LOGS: Door.OTLP,
    Way.METRICS: Door.OTLP,
    Way.HOOK: Door.HOOK,
}


class Visit:
    """What is known of a request so far; filled as it goes."""

    def __init__(self, route: Route, headers: Iterable[tuple[bytes, bytes]], query: bytes, at: int) -> None:
        self.route = route
        self.at = at
        self.request_id = ""
        self.headers = dict(headers)
        self.query = query_fields(query)
        self.door = DOORS.get(route.way, Door.ENVELOPE)
        self.admission: Admission | None = None
        self.wire_bytes = self.unpacked_bytes = 0
        self.brought = Brought()
        self.kept: list[Prepared] = []
        self.results: Sequence[Prepared | Rejected] = ()
        self.ended: dict[str, int] = {}
        self.durable = ""
        self.admitted_by_header = False

    def credentials(self) -> Credentials:
        found = keys_of(self.headers, self.query)
        return Credentials(found | {self.route.key} if self.route.key else found, self.route.project_id)

    def content_length(self) -> int:
        word = self.header(b"content-length")
        return int(word) if word.isdecimal() else 0

    def count(self, reason: str, events: int = 1) -> None:
        """How some of what was received ended."""
        if events:
            self.ended[reason] = self.ended.get(reason, 0) + events

    def picture_data(self) -> bytes | None:
        """The event of a GET: it stands in the query, where a plus sign reads as a blank."""
        data = self.query.get("sentry_data")
        if data is None:
            return None
        return data.encode() if data.startswith("{") else data.replace(" ", "+").encode("latin-1", "replace")

    @property
    def content_type(self) -> str:
        return self.header(b"content-type").partition(";")[0].strip().lower()

    def call(self, admission: Admission) -> Call:
        return Call(
            admission=admission,
            content_type=self.content_type,
            idempotency_key=self.header(b"idempotency-key")[:256],
            strict=self.query.get("strict") == "1",
            word=self.route.word,
            headers=self.headers,
        )

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def line(self, answer: Answer, took_s: float) -> dict[str, object]:
        """For the log. Everything in it is ours: names, numbers, reasons."""
        scrubbed: dict[str, int] = {}
        for each in self.kept:
            for rule, count in each.scrubbed.items():
                scrubbed[rule] = scrubbed.get(rule, 0) + count
        admission = self.admission
        return {
            "request_id": self.request_id,
            "door": self.door,
            "way": self.route.way,
            "key_id": admission.key_id if admission else "",
            "project_id": admission.project_id if admission else self.route.project_id,
            "code": answer.status,
            "reason": answer.reason or "",
            "kept": len(self.kept),
            "ended": self.ended,
            "wire_bytes": self.wire_bytes,
            "unpacked_bytes": self.unpacked_bytes,
            "cuts": sum(len(each.cuts) for each in self.kept),
            "scrubbed": scrubbed,
            "durable": self.durable,
            "ms": round(took_s * 1000, 2),
        }
