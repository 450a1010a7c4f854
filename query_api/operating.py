"""What operators see: deliveries, who is on call, outcomes, dead letters, the audit chain."""

from typing import Annotated

import msgspec
from msgspec import Meta

from query_api.objects.calendar import Shift
from query_api.views import View


class DeliveryRow(View, frozen=True, kw_only=True):
    """One message to one recipient on one channel; stamps in ms."""

    delivery_id: str
    project_id: int
    kind: str
    recipient: str
    channel: str
    address_hint: str
    state: str
    decided_at: int
    issue_id: str | None = None
    episode_id: str | None = None
    step_id: str | None = None
    reason: str = ""
    attempt: int = 0
    received_at: int | None = None
    accepted_at: int | None = None
    finished_at: int | None = None
    next_attempt_at: int | None = None
    provider_id: str | None = None


class Attempt(View, frozen=True, kw_only=True):
    attempt: int
    started_at: int
    verdict: str
    code: str = ""
    detail: str = ""
    ended_at: int | None = None


class DeliveryDetail(View, frozen=True, kw_only=True):
    """`text`: as it was sent, for 7 days."""

    delivery: DeliveryRow
    attempts: tuple[Attempt, ...] = ()
    text: str = ""


class OnCall(View, frozen=True, kw_only=True):
    """Who has the duty at an instant, through which layer, until when."""

    schedule: str
    name: str
    people: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    until: int = 0


class OnCalls(msgspec.Struct, frozen=True, kw_only=True):
    at: int
    items: tuple[OnCall, ...]


class Shifts(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Shift, ...]


class Minute(View, frozen=True, kw_only=True):
    """accepted = stored + duplicate + dropped + dead_letter + in_flight."""

    project_id: int
    minute_at: int
    accepted: int = 0
    stored: int = 0
    duplicate: int = 0
    dropped: int = 0
    dead_letter: int = 0
    refused: int = 0
    in_flight: int = 0


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Minute, ...]
    sums: Minute


class ReasonCount(msgspec.Struct, frozen=True, kw_only=True):
    stage: str
    reason: str
    events: int


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[ReasonCount, ...]


class Place(View, frozen=True, kw_only=True):
    """How far the database is in one topic."""

    topic: str
    fresh_at: int
    updated_at: int
    partitions: int


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    fresh_at: int
    behind_s: float
    outbox: int
    topics: tuple[Place, ...]


class DeadLetter(View, frozen=True, kw_only=True):
    dead_id: str
    stage: str
    reason: str
    at: int
    state: str
    source_topic: str
    source_partition: int
    source_offset: int
    dead_partition: int
    dead_offset: int
    project_id: int | None = None
    redrive_id: str | None = None
    handled_by: str | None = None
    handled_at: int | None = None


class DeadLetterDetail(View, frozen=True, kw_only=True):
    """`detail`: what the refusing code said; `original`: the record, scrubbed, as text."""

    letter: DeadLetter
    detail: str = ""
    original: str = ""


class DeadGroup(msgspec.Struct, frozen=True, kw_only=True):
    stage: str
    reason: str
    letters: int
    newest_at: int


class DeadGroups(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[DeadGroup, ...]


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dead letters by id; at most 1,000."""

    ids: Annotated[tuple[Annotated[str, Meta(pattern="^[0-9a-f]{32}$")], ...], Meta(min_length=1, max_length=1_000)]
    note: Annotated[str, Meta(max_length=500)] = ""


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """Those that were open; the others had been handled before."""

    count: int
    redrive_id: str = ""


class AuditRow(View, frozen=True, kw_only=True):
    seq: int
    at: int
    actor: str
    verb: str
    entity: str
    request_id: str = ""
    before: dict[str, object] | list[object] | str | None = None
    after: dict[str, object] | list[object] | str | None = None


class AuditCheck(msgspec.Struct, frozen=True, kw_only=True):
    """`broken`: rows whose hash or link is wrong. `head`: keep it elsewhere, a cut tail is not seen."""

    rows: int
    broken: tuple[int, ...]
    head: str
