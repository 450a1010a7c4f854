"""The Kafka door: one event a record. Whatever a re-read gives, it gives the same event again."""

import hashlib
from collections.abc import Mapping
from typing import Final, Protocol

from ingest_gateway.auth import Credentials, admit, of_dsn
from ingest_gateway.caps import EVENT_BYTES
from ingest_gateway.decode import FAULTS, decode, loads
from ingest_gateway.directory import Admission
from ingest_gateway.native import KNOWN, widened, with_extra
from ingest_gateway.normalise.text import Object, compact
from ingest_gateway.prepare import Moment, Prepared, prepare
from ingest_gateway.reports import Report
from ingest_gateway.scrub.free_text import FreeText
from ingest_gateway.scrub.scrubber import DEFAULT, Tally
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected, Verdict

KEPT_BYTES: Final = 65_536  # of an original that is dead-lettered
OWN: Final = ("key", "dsn")


class Read(Protocol):
    """A record as it was read; `at` is the broker's append time."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes: ...
    @property
    def at(self) -> int: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


def event_in(record: Read) -> Kept[Object] | Rejected:
    return Rejected(Reason.TOO_LARGE) if len(record.value) > EVENT_BYTES else decode(record.value)


def admitted(
    record: Read, event: Object, admissions: Mapping[str, Admission], trust_project: bool
) -> Kept[Admission] | Rejected:
    """By the key in header or JSON, or by a DSN there; by the header `project` alone where that is trusted."""
    headers = dict(record.headers)
    project = headers.get("project", b"").decode("latin-1")
    if trust_project and project.isdecimal():
        found = next((each for each in admissions.values() if str(each.project_id) == project), None)
        return Kept(found) if found is not None else Rejected(Reason.AUTH_UNKNOWN)
    dsn = of_dsn(headers.get("dsn", b"").decode("latin-1") or event.get("dsn"))
    key = headers.get("key", b"").decode("latin-1") or event.get("key")
    keys = dsn.keys | ({key} if isinstance(key, str) else set())
    return admit(Credentials(frozenset(keys), dsn.project_id), admissions, Door.KAFKA)


def prepared(record: Read, event: Object, admission: Admission) -> Verdict[Prepared]:
    bare = {name: value for name, value in event.items() if name not in OWN}
    unknown = [name for name in bare if name not in KNOWN and not name.startswith("sentry.interfaces.")]
    place = f"{record.topic}|{record.partition}|{record.offset}"
    new_id = hashlib.sha256(place.encode()).hexdigest()[:32]
    report = Report(door=Door.KAFKA, value=widened(with_extra(bare, unknown)), fallback_id=new_id)
    return prepare(report, admission, Moment(record.at, "", lambda: new_id))


def without_secrets(value: bytes) -> bytes:
    """What a dead letter may hold of an original: JSON by names and shapes, other bytes by shapes."""
    free = FreeText(DEFAULT, Tally())
    try:
        left = compact(free.json(loads(value), ""))
    except (RecursionError, *FAULTS):
        left = DEFAULT.text(value[: 2 * KEPT_BYTES].decode("utf-8", "replace"), free.tally)
    return left.encode("utf-8", "replace")[:KEPT_BYTES]
