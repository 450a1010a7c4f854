"""Occurrence v1: one event of one issue, slim; the log of the recurrence stage and of history."""

from msgspec import UNSET, Raw, UnsetType

from schemas.kinds import Level, Matched
from schemas.record import Hex32, Instant, Part, Position, ProjectId, Record


class NewKey(Part, frozen=True, kw_only=True):
    """A key that this event taught. `anchor` is 16 hex, a digest of the anchor symbol.

    `issue`: whose key it is, when that issue was merged into the occurrence's; empty: the occurrence's own.
    """

    key: Hex32
    kind: Matched
    anchor: str = ""
    opener: bool = False
    issue: str = ""


class Occurrence(Record, frozen=True, kw_only=True, tag="occurrence.v1"):
    """`source` is the root position: that of the ErrorEvent in `error-events`."""

    event_id: Hex32
    project_id: ProjectId
    issue_id: Hex32
    source: Position
    received_at: Instant
    occurred_at: Instant
    level: Level = Level.ERROR
    handled: bool | None = None
    crash: bool = False  # the process died
    bot: bool = False  # only machines were involved
    weak: bool = False  # found by a weak key: never reopens an issue
    platform: str = "other"
    sdk: str = ""
    service: str = ""
    environment: str = "production"
    release: str = ""
    user: str = ""  # 16 hex
    trace_id: str = ""
    type: str = ""
    title: str = ""
    culprit: str = ""  # module::function of the anchor
    place: str = ""  # file:line
    route: str = ""
    key: Hex32
    matched: Matched
    new_keys: tuple[NewKey, ...] = ()
    why: Raw | UnsetType = UNSET  # the why record, only when this event taught a key
    conflict: str = ""  # another issue that a key of this event names
    redrive_id: str = ""
    tags: dict[str, str] = {}
