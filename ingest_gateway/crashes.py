"""Native crashes: the dump itself is not kept, an event says that there was one."""

from typing import Final

from ingest_gateway.decode import decode
from ingest_gateway.normalise.fields import event_id
from ingest_gateway.normalise.text import Object
from ingest_gateway.reports import Brought, Call, Report
from schemas.kinds import Door
from schemas.verdict import Kept

MECHANISM: Final = {"type": "minidump", "handled": False, "synthetic": True}
CRASH: Final[Object] = {
    "level": "fatal",
    "platform": "native",
    "exception": {"values": [{"type": "native crash", "mechanism": MECHANISM}]},
}
FIELD: Final = b'name="sentry"'


def brought_by_crash(body: bytes, call: Call) -> Brought:
    """A multipart body; its field `sentry` may hold the event that goes with the dump."""
    told = told_beside(body)
    report = Report(door=Door.MINIDUMP, value=CRASH | told, event_id=event_id(told.get("event_id")))
    return Brought(reports=(report,))


def told_beside(body: bytes) -> Object:
    at = body.find(FIELD)
    if at < 0:
        return {}
    content = body[at:].replace(b"\r\n", b"\n").partition(b"\n\n")[2].partition(b"\n--")[0]
    match decode(content):
        case Kept(event):
            return {name: value for name, value in event.items() if name not in ("exception", "level")}
        case _:
            return {}
