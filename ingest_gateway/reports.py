"""What a request brought: reports of errors, and what is only counted."""

from collections.abc import Mapping
from typing import Final

import msgspec

from ingest_gateway.normalise.text import Object
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Rejected

NO_COUNTS: Final[Mapping[str, int]] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One error as a client tells it: `payload` is its JSON, or `value` when that was read already.

    `event_id` wins over the JSON's own. `fallback_id` is used when there is no other, before chance.
    """

    door: Door
    payload: bytes = b""
    value: Object | None = None
    event_id: str = ""
    fallback_id: str = ""
    sent_at: int | None = None
    session_id: str = ""
    feedback: str = ""
    sdk: str = ""


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """`refused`: items that are no good, in order. `broken`: why reading stopped early, if it did.

    `counts`: what was dropped or told, by reason. `event_id` is answered when nothing is kept.
    """

    reports: tuple[Report, ...] = ()
    refused: tuple[Reason, ...] = ()
    broken: Rejected | None = None
    counts: Mapping[str, int] = NO_COUNTS
    event_id: str = ""
