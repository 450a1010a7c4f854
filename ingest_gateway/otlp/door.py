"""OTLP over HTTP: which encoding, what it brings, and answers in the same encoding."""

from typing import Final

import msgspec

from ingest_gateway.answer import Answer
from ingest_gateway.caps import BATCH_EVENTS
from ingest_gateway.decode import decode
from ingest_gateway.otlp import from_json, from_protobuf
from ingest_gateway.otlp.events import Reader
from ingest_gateway.otlp.signals import Signals
from ingest_gateway.reports import Brought, Call, Report
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

JSON: Final = "application/json"
PROTOBUF: Final = b"application/x-protobuf"
CODES: Final = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 413: 8, 415: 3, 429: 8, 500: 13, 503: 14}
UNKNOWN: Final = 2


def brought_as_traces(body: bytes, call: Call) -> Brought:
    return _brought(json(body) if is_json(call.content_type, body) else from_protobuf.traces(body), call)


def brought_as_logs(body: bytes, call: Call) -> Brought:
    return _brought(json(body) if is_json(call.content_type, body) else from_protobuf.logs(body), call)


def brought_as_metrics(body: bytes, call: Call) -> Brought:
    """Taken and dropped: an error would make a Collector send them for ever."""
    return Brought(counts={str(Reason.ITEM_DROPPED): 1})


def json(body: bytes) -> Kept[Signals] | Rejected:
    match decode(body or b"{}"):
        case Kept(request):
            return Kept(from_json.signals(request))
        case Rejected() as rejected:
            return rejected


def is_json(content_type: str, body: bytes) -> bool:
    return content_type == JSON or ("protobuf" not in content_type and body.lstrip()[:1] == b"{")


def _brought(found: Kept[Signals] | Rejected, call: Call) -> Brought:
    if isinstance(found, Rejected):
        return Brought(broken=found)
    reader = Reader(call.admission.project_id)
    reports = reader.reports(found.value)
    over = (Report(door=Door.OTLP, refused=Reason.TOO_MANY),) * max(0, len(reports) - BATCH_EVENTS)
    return Brought(reports=(*reports[:BATCH_EVENTS], *over), counts={str(Reason.ITEM_DROPPED): reader.dropped})


def spoken(answer: Answer, as_json: bool, rejected: int, logs: bool) -> Answer:
    """`answer` as a Collector understands it: an empty message, a partial success, or google.rpc.Status."""
    kind = JSON.encode() if as_json else PROTOBUF
    if answer.status == 200:
        body = _partial_json(rejected, logs) if as_json else _partial(rejected)
        return msgspec.structs.replace(answer, body=body, content_type=kind)
    said = str(answer.reason or "not acceptable")
    code = CODES.get(answer.status, UNKNOWN)
    body = msgspec.json.encode({"code": code, "message": said}) if as_json else status(code, said)
    return msgspec.structs.replace(answer, body=body, content_type=kind)


def _partial_json(rejected: int, logs: bool) -> bytes:
    if not rejected:
        return b"{}"
    name = "rejectedLogRecords" if logs else "rejectedSpans"
    return msgspec.json.encode({"partialSuccess": {name: str(rejected), "errorMessage": SAID}})


SAID: Final = "some errors were not usable"


def _partial(rejected: int) -> bytes:
    """ExportTrace- and ExportLogsPartialSuccess share their numbers: 1 the count, 2 the text; 1 in the response."""
    if not rejected:
        return b""
    inner = b"\x08" + varint(rejected) + b"\x12" + varint(len(SAID)) + SAID.encode()
    return b"\x0a" + varint(len(inner)) + inner


def status(code: int, message: str) -> bytes:
    """google.rpc.Status in protobuf: 1 the code, 2 the message."""
    text = message.encode()
    return b"\x08" + varint(code) + b"\x12" + varint(len(text)) + text


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
