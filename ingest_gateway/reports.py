"""What a request brought: reports of errors, and what is only counted."""

from collections.abc import Mapping
from typing import Final

import msgspec

from ingest_gateway.directory import Admission
from ingest_gateway.normalise.text import Object
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Rejected

NO_COUNTS: Final[Mapping[str, int]] = {}
NO_HEADERS: Final[Mapping[bytes, bytes]] = {}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader may know of a request beside its body. `content_type` without parameters, lower case."""

    admission: Admission
    content_type: str = ""
    idempotency_key: str = ""
    strict: bool = False
    word: str = ""  # slug or source of the path
    headers: Mapping[bytes, bytes] = NO_HEADERS


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One error as a client tells it: `payload` is its JSON, or `value` when that was read already.

    `event_id` wins over the JSON's own. `fallback_id` is used when there is no other, before chance.
    `refused`: it is no good, as its reader found. `strict`: a warning refuses it.
    """

    door: Door
    payload: bytes = b""
    value: Object | None = None
    refused: Reason | None = None
    event_id: str = ""
    fallback_id: str = ""
    sent_at: int | None = None
    session_id: str = ""
    feedback: str = ""
    sdk: str = ""
    warnings: tuple[str, ...] = ()
    strict: bool = False


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """`broken`: why reading stopped early, if it did; reports before it are good.

    `counts`: what was dropped or told, by reason. `event_id` is answered when nothing is kept.
    """

    reports: tuple[Report, ...] = ()
    broken: Rejected | None = None
    counts: Mapping[str, int] = NO_COUNTS
    event_id: str = ""
    batch: bool = False
