"""Why: the chain that was stored when it was decided, put in one order for a person."""

from enum import StrEnum

import msgspec

from query_api.views import MATCHED, IssueRow, View


class About(StrEnum):
    GROUP = "group"
    SEVERITY = "severity"
    ASSIGNEE = "assignee"
    ALERT = "alert"


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    kind: int
    version: str
    opener: bool
    why: dict[str, object]
    example_event_id: str
    first_seen_at: int


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change of kind rule_met."""

    at: int
    detail: dict[str, object]


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    step_id: str
    episode_id: str
    kind: str
    at: int
    reason: str | None
    severity: str | None
    position: str | None
    recipients: list[dict[str, object]] | None


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    delivery_id: str
    step_id: str | None
    recipient: str
    channel: str
    address_hint: str
    state: str
    reason: str
    attempt: int
    decided_at: int
    accepted_at: int | None
    finished_at: int | None


class GroupKey(View, frozen=True, kw_only=True):
    """One way by which events find this issue; `opener`: the one that made it. `why`: what was hashed."""

    key: str
    kind: str
    version: str
    why: dict[str, object]
    example_event_id: str
    first_seen_at: int
    opener: bool = False


class RuleTold(View, frozen=True, kw_only=True):
    """A rule that was met: which condition compared what with what."""

    at: int
    rule: dict[str, object]
    reason: str = ""


class Delivery(View, frozen=True, kw_only=True):
    delivery_id: str
    recipient: str
    channel: str
    address_hint: str
    state: str
    decided_at: int
    reason: str = ""
    attempt: int = 0
    accepted_at: int | None = None
    finished_at: int | None = None


class Step(View, frozen=True, kw_only=True):
    """One step of an episode: who was to be told and why, who was not, and what became of it."""

    step_id: str
    episode_id: str
    kind: str
    at: int
    reason: str = ""
    severity: str = ""
    position: str = ""
    recipients: tuple[dict[str, object], ...] = ()
    deliveries: tuple[Delivery, ...] = ()


class Grade(View, frozen=True, kw_only=True):
    severity: str
    why: tuple[str, ...] = ()


class Holder(View, frozen=True, kw_only=True):
    assignee: str = ""
    why: tuple[str, ...] = ()
    at: int = 0


class Why(View, frozen=True, kw_only=True):
    """What was asked about; the rest is absent."""

    issue_id: str
    group: tuple[GroupKey, ...] = ()
    severity: Grade | None = None
    assignee: Holder | None = None
    rules: tuple[RuleTold, ...] = ()
    steps: tuple[Step, ...] = ()


def group_key(row: KeyRow) -> GroupKey:
    return GroupKey(
        key=row.key,
        kind=MATCHED[row.kind],
        version=row.version,
        why=row.why,
        example_event_id=row.example_event_id,
        first_seen_at=row.first_seen_at,
        opener=row.opener,
    )


def rule_told(row: RuleRow) -> RuleTold:
    rule = row.detail.get("rule")
    return RuleTold(at=row.at, rule=rule if isinstance(rule, dict) else {}, reason=str(row.detail.get("reason", "")))


def holder(row: IssueRow) -> Holder:
    return Holder(assignee=row.assignee or "", why=tuple(row.assigned_why or ()), at=row.assigned_at or 0)


def step(row: StepRow, deliveries: tuple[DeliveryRow, ...]) -> Step:
    return Step(
        step_id=row.step_id,
        episode_id=row.episode_id,
        kind=row.kind,
        at=row.at,
        reason=row.reason or "",
        severity=row.severity or "",
        position=row.position or "",
        recipients=tuple(row.recipients or ()),
        deliveries=tuple(delivery(found) for found in deliveries if found.step_id == row.step_id),
    )


def delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        recipient=row.recipient,
        channel=row.channel,
        address_hint=row.address_hint,
        state=row.state,
        decided_at=row.decided_at,
        reason=row.reason,
        attempt=row.attempt,
        accepted_at=row.accepted_at,
        finished_at=row.finished_at,
    )
