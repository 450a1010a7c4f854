"""A client's JSON to an ErrorEvent: total, whatever the JSON holds. Not yet scrubbed, without a home."""

from typing import Final

import msgspec
from msgspec.structs import replace

from ingest_gateway.normalise import fields
from ingest_gateway.normalise.crumbs import breadcrumbs
from ingest_gateway.normalise.exceptions import exceptions, handled
from ingest_gateway.normalise.frames import FrameReader
from ingest_gateway.normalise.free import free
from ingest_gateway.normalise.http import request, response
from ingest_gateway.normalise.levels import level
from ingest_gateway.normalise.maps import mapping, tags
from ingest_gateway.normalise.memo import Memos
from ingest_gateway.normalise.message import message
from ingest_gateway.normalise.shapes import first, obj
from ingest_gateway.normalise.text import Json, Object, Texts
from ingest_gateway.normalise.times import instant, occurred
from ingest_gateway.normalise.trace import trace
from ingest_gateway.normalise.user import user
from ingest_gateway.normalise.wire import Modules, fitting
from schemas.error_event import ErrorEvent, Message
from schemas.kinds import Clock, Door

MODULES: Final = (300, 128, 64)
NO_MESSAGE: Final = Message(formatted="(no message)")
SERVICE_TAG: Final = "service.name"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What a door knows of an event beside its JSON.

    `event_id` is the envelope's, canonical or empty, and wins over the event's own; `new_id`
    (32 hex) is used when neither is one. `peer` is the sender's address.
    """

    project_id: int
    slug: str
    door: Door
    received_at: int
    new_id: str
    key_id: str = ""
    event_id: str = ""
    sent_at: int | None = None
    peer: str = ""
    default_service: str = ""
    session_id: str = ""
    feedback: str = ""
    sdk: str = ""
    in_app_prefixes: tuple[str, ...] = ()
    tag_keys: tuple[str, ...] = ()


def normalise(event: Object, arrival: Arrival, texts: Texts, memos: Memos | None = None) -> ErrorEvent:
    """`texts` is this event's own: it notes what was cut. `memos`: frames of earlier events."""
    reading = Reading(event, arrival, texts)
    reading.memos = memos
    return reading.noted(reading.placed(reading.named(reading.what_happened())))


class Reading:
    """One event being read, in four strokes; each adds its fields."""

    def __init__(self, event: Object, arrival: Arrival, texts: Texts) -> None:
        self.event = event
        self.arrival = arrival
        self.texts = texts
        self.memos: Memos | None = None
        self.contexts = obj(event.get("contexts"))
        self.platform = texts.word(event.get("platform"), 32, "platform").lower() or "other"
        self.time = occurred(instant(event.get("timestamp")), arrival.sent_at, arrival.received_at)
        self.tags, self.reserved = tags(event.get("tags"), texts)

    def what_happened(self) -> ErrorEvent:
        event, arrival, texts = self.event, self.arrival, self.texts
        said = message(event, texts)
        frames = FrameReader(texts, self.platform, arrival.in_app_prefixes, self.memos)
        found = exceptions(event, frames, said is not None)
        return ErrorEvent(
            event_id=self._event_id(),
            project_id=arrival.project_id,
            home_key="",
            received_at=arrival.received_at,
            occurred_at=self.time.at,
            service="",
            clock=self.time.clock,
            clock_shift_ms=self.time.shift_ms,
            door=arrival.door,
            key_id=arrival.key_id,
            platform=self.platform,
            level=level(event.get("level")),
            handled=handled(found, event.get("handled")),
            exceptions=found,
            message=said or (None if found else NO_MESSAGE),
            fingerprint=fields.fingerprint(event.get("fingerprint"), texts),
            tag_keys=arrival.tag_keys,
        )

    def named(self, record: ErrorEvent) -> ErrorEvent:
        """Service, release and the other names a person filters by. Reserved tags fill empty fields."""
        event, reserved, texts = self.event, self.reserved, self.texts
        service = texts.word(_service(event, self.contexts, self.tags, reserved), 64, "service")
        return replace(
            record,
            service=service or self.arrival.default_service or self.arrival.slug,
            sdk=fields.sdk(event.get("sdk"), texts) or self.arrival.sdk,
            environment=fields.environment(event.get("environment"), texts)
            or fields.environment(reserved.get("environment"), texts)
            or "production",
            release=fields.release(event.get("release") or reserved.get("release"), texts),
            dist=texts.word(event.get("dist") or reserved.get("dist"), 64, "dist"),
            server_name=texts.word(event.get("server_name") or reserved.get("server_name"), 128, "server_name"),
            logger=texts.word(event.get("logger"), 128, "logger"),
            transaction=texts.word(first(event, "transaction", "culprit"), 256, "transaction"),
            tags=self.tags,
            modules=_modules(event.get("modules"), texts),
            images=fields.images(event, texts),
            feedback=texts.take(self.arrival.feedback, 4096, "feedback"),
        )

    def placed(self, record: ErrorEvent) -> ErrorEvent:
        """Request, trace, user, trail: the surroundings."""
        event, texts = self.event, self.texts
        asked = request(event, texts)
        traced = trace(event, self.contexts, asked)
        return replace(
            record,
            request=asked,
            response=response(event, self.contexts, texts),
            trace_id=traced.trace_id,
            span_id=traced.span_id,
            parent_span_id=traced.parent_span_id,
            session_id=self._session(),
            user=user(event, self.arrival.peer, texts),
            breadcrumbs=breadcrumbs(event, texts, self.time.shift_ms if self.time.clock is Clock.CORRECTED else 0),
            contexts=free(_kept(self.contexts), "contexts", texts),
            extra=free(event.get("extra"), "extra", texts),
        )

    def noted(self, record: ErrorEvent) -> ErrorEvent:
        return replace(record, cuts=self.texts.notes.cuts()) if self.texts.notes.counts else record

    def _event_id(self) -> str:
        if self.arrival.event_id:
            return self.arrival.event_id
        given = self.event.get("event_id")
        found = fields.event_id(given)
        if given is not None and not found:
            self.texts.notes.add("event_id", "event_id")
        return found or self.arrival.new_id

    def _session(self) -> str:
        tag = self.tags.get("session_id") or self.tags.get("session.id")
        given = first(self.event, "session_id") or tag or self.arrival.session_id
        return self.texts.word(given, 64, "session_id")


def _modules(value: Json, texts: Texts) -> dict[str, str]:
    quick = fitting(value, Modules) if texts.plain and value else None
    return mapping(value, MODULES, "modules", texts) if quick is None else quick


def _kept(contexts: Object) -> Object:
    """`response` has its own field."""
    return (
        {name: given for name, given in contexts.items() if name != "response"} if "response" in contexts else contexts
    )


def _service(event: Object, contexts: Object, tagged: dict[str, str], reserved: dict[str, str]) -> str:
    resource = obj(obj(contexts.get("otel")).get("resource"))
    given = (event.get("service"), reserved.get("service"), tagged.get(SERVICE_TAG), resource.get(SERVICE_TAG))
    for word in given:
        if isinstance(word, str) and word.strip():
            return word
    return ""
