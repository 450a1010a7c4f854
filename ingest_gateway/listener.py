"""The HTTP door: route, admit, read, prepare, publish, answer, count. ASGI in, one answer out."""

import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from ingest_gateway.answer import Answer, raw_headers, refused
from ingest_gateway.auth import Credentials, admit, of_dsn
from ingest_gateway.body import Unpacker
from ingest_gateway.config import GatewayConfig
from ingest_gateway.directory import Admission, Directory
from ingest_gateway.envelope import Envelope
from ingest_gateway.envelope_items import brought_by
from ingest_gateway.ledger import Ledger
from ingest_gateway.outcomes import ACCEPTED
from ingest_gateway.peers import networks, peer_of
from ingest_gateway.prepare import Moment, Prepared, prepare, stub
from ingest_gateway.protocol import Held, Receive, Scope, Upload, answered_at_once
from ingest_gateway.quota import Quotas
from ingest_gateway.reading import is_envelope, limits, read
from ingest_gateway.reports import Report
from ingest_gateway.routes import Way, route
from ingest_gateway.segment import Record
from ingest_gateway.spool import Spool
from ingest_gateway.verdicts import Ended, answer_for, spelt
from ingest_gateway.visit import Visit
from runtime.declared import counter
from runtime.kafka import Outgoing
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected

Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Entitled: TypeAlias = Callable[[], Directory | None]

log = logging.getLogger(__name__)
TOPIC: Final = "error-events"


class Refused(Exception):
    """Ends the reading of a request: nothing of it is kept."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.reason)
        self.rejected = rejected


class Door:
    """`directory` gives who may send now; None while the settings are not complete."""

    def __init__(self, config: GatewayConfig, directory: Entitled, ledger: Ledger, spool: Spool | None) -> None:
        self.config, self.directory, self.ledger, self.spool = config, directory, ledger, spool
        self.publisher = ledger.publisher
        self.quotas = Quotas(config.gateway_replicas)
        self.held = Held(config.gateway_held_bytes)
        self.trusted = networks(config.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = route(scope["method"], scope["path"], self.config.gateway_path_prefix)
        upload = Upload(scope, receive, self.held)
        if isinstance(found, Answer):
            answer = found
        else:
            started = time.perf_counter()
            visit = Visit(found, scope["headers"], scope["query_string"], time.time_ns() // 1_000_000)
            visit.request_id = new_id()[:16]
            answer = await self._answered(visit, upload, scope["client"])
            self.ledger.told(visit, answer, time.perf_counter() - started)
            kind, method = visit.content_type, scope["method"]
            answer = spelt(answer, way=found.way, method=method, content_type=kind, ended=visit.results)
        await _sent(answer, upload, send)

    async def _answered(self, visit: Visit, upload: Upload, client: tuple[str, int] | None) -> Answer:
        """An answer whatever happens; a bug of ours is 500, counted and logged without the request's text."""
        try:
            await self._read(visit, upload)
            peer = peer_of(client[0] if client else "", visit.headers.get(b"x-forwarded-for", b""), self.trusted)
            return await self._kept(visit, Moment(visit.at, peer, new_id))
        except Refused as refusal:
            await upload.skip_small(visit.content_length())
            return refused(refusal.rejected.reason, refusal.rejected.detail, close=upload.more)
        except Exception as bug:
            log.error("a bug at the door", extra={"fields": {"bug": type(bug).__name__, "at": _place(bug)}})
            return refused(Reason.INTERNAL, close=True)
        finally:
            visit.wire_bytes = upload.release()

    async def _read(self, visit: Visit, upload: Upload) -> None:
        """Admits the request and fills `visit.brought`."""
        directory = self.directory()
        if directory is None:
            raise Refused(Rejected(Reason.STARTING))
        unpacker = Unpacker(visit.headers.get(b"content-encoding", b""), limits(visit.route.way))
        if is_envelope(visit.route.way, visit.header(b"content-type")):
            await self._read_envelope(visit, upload, unpacker, directory)
        else:
            await self._read_whole(visit, upload, unpacker, directory)
        visit.unpacked_bytes = unpacker.unpacked_bytes

    async def _read_whole(self, visit: Visit, upload: Upload, unpacker: Unpacker, directory: Directory) -> None:
        admission = _admit(visit, visit.credentials(), directory)
        if visit.content_length() > unpacker.limits.wire_bytes:
            raise Refused(Rejected(Reason.TOO_LARGE))
        body = b"".join([block async for block in _blocks(upload, unpacker)])
        refusal = upload.refusal or unpacker.refusal
        if refusal is not None:
            raise Refused(refusal)
        if not body and visit.route.way is Way.STORE:
            body = visit.picture_data() or body
        visit.brought = read(visit.route.way, body, visit.call(admission))

    async def _read_envelope(self, visit: Visit, upload: Upload, unpacker: Unpacker, directory: Directory) -> None:
        """The key may stand in the first line only (tunnels); nothing after it is read before it is admitted."""
        envelope = Envelope()
        given = visit.credentials()
        if given.keys:
            _admit(visit, given, directory)
        async for block in _blocks(upload, unpacker):
            envelope.feed(block)
            if envelope.header is not None and not visit.admitted_by_header:
                _admit_header(visit, given, envelope, directory)
        envelope.close()
        if not visit.admitted_by_header:
            _admit_header(visit, given, envelope, directory)
        visit.brought = brought_by(envelope)
        broken = upload.refusal or unpacker.refusal
        if broken is not None:
            visit.brought = replace(visit.brought, broken=broken)

    async def _kept(self, visit: Visit, moment: Moment) -> Answer:
        """Every report prepared, all published together, one wait for all."""
        ended, wait_s = self._ended(visit, moment)
        visit.results = ended
        kept = [each for each in ended if isinstance(each, Prepared)]
        failure = await self._made_durable(visit, kept) if kept else None
        if failure is not None:
            visit.count(failure, len(kept))
            return refused(failure)
        visit.kept = kept
        visit.count(ACCEPTED, len(kept))
        return answer_for(visit.route.way, visit.brought, ended, wait_s)

    async def _made_durable(self, visit: Visit, kept: list[Prepared]) -> Reason | None:
        """In Kafka, else on disk. What went to disk may reach Kafka twice: with the same id and key."""
        visit.durable = "kafka"
        if await self.publisher.keep([Outgoing(TOPIC, each.key, each.value) for each in kept]):
            return None
        visit.durable = "spool"
        if self.spool is None:
            return Reason.UNAVAILABLE
        return await self.spool.keep([Record(each.key, each.value) for each in kept])

    def _ended(self, visit: Visit, moment: Moment) -> tuple[list[Ended], int]:
        """What becomes of each report, in order; what the quota does not admit is not even decoded."""
        reports = visit.brought.reports
        if visit.admission is None or not reports:
            return [], 0
        allowed = self.quotas.take(visit.admission, len(reports), time.monotonic())
        found = [_guarded(visit.admission, report, moment) for report in reports[: allowed.count]]
        found += [Rejected(Reason.OVER_QUOTA)] * (len(reports) - allowed.count)
        for each in found:
            if isinstance(each, Rejected):
                visit.count(each.reason)
        return found, allowed.wait_s


def new_id() -> str:
    return os.urandom(16).hex()


async def _blocks(upload: Upload, unpacker: Unpacker) -> AsyncIterator[bytes]:
    """The unpacked body as it comes; ends early when either refuses."""
    while upload.more and upload.refusal is None:
        for block in unpacker.feed(await upload.chunk()):
            yield block
        if unpacker.refusal is not None:
            return
    for block in unpacker.close():
        yield block


def _admit(visit: Visit, found: Credentials, directory: Directory) -> Admission:
    match admit(found, directory.admissions, visit.door, visit.header(b"origin")):
        case Kept(admission):
            visit.admission = admission
            return admission
        case Rejected() as rejected:
            raise Refused(rejected)


def _admit_header(visit: Visit, given: Credentials, envelope: Envelope, directory: Directory) -> None:
    """The envelope's own DSN counts too: it must not name another key or another project."""
    visit.admitted_by_header = True
    dsn = of_dsn((envelope.header or {}).get("dsn"))
    if dsn.project_id and given.project_id not in (0, dsn.project_id):
        raise Refused(Rejected(Reason.PROJECT_MISMATCH))
    if dsn.keys or not given.keys:
        _admit(visit, Credentials(given.keys | dsn.keys, given.project_id or dsn.project_id), directory)


def _guarded(admission: Admission, report: Report, moment: Moment) -> Ended:
    """A bug in reading or scrubbing costs the event its text, not its life; and never shows that text."""
    try:
        verdict = prepare(report, admission, moment)
    except Exception as bug:
        log.error("a bug while preparing an event", extra={"fields": {"bug": type(bug).__name__, "at": _place(bug)}})
        counter("gregor_gateway_stubs_total").inc()
        return stub(report, admission, moment)
    match verdict:
        case Kept(prepared):
            return prepared
        case Dropped(reason):
            return Rejected(reason)
        case Rejected():
            return verdict


def _place(bug: BaseException) -> list[str]:
    """File and line of each call, innermost last; no source, no values."""
    found, step = [], bug.__traceback__
    while step is not None:
        found.append(f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}")
        step = step.tb_next
    return found[-12:]


async def _sent(answer: Answer, upload: Upload, send: Send) -> None:
    """An answer before the end of a body is followed by reading on, so that the client gets to see it."""
    linger = answer.close and upload.more
    if not linger and answered_at_once(upload.scope, answer):
        return
    headers = raw_headers(answer, linger)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": linger})
    if linger:
        await upload.drain()
        await send({"type": "http.response.body", "body": b""})
