"""Records to rows and back: what the ledger stores, as PostgreSQL's parameters."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec
import zstandard

from notifier.plan import Considered, Decision, Delivery, Draft, Gathering, Letter, Notice
from notifier.settle import Settled
from schemas.delivery import DeliveryChanged
from schemas.kinds import SEVERITY_NUMBER, Channel, Severity, StepKind
from schemas.record import Instant

Params: TypeAlias = dict[str, object]
SEVERITIES: Final = tuple(Severity)
STATES: Final = {StepKind.ACKED: "acked", StepKind.CLOSED: "closed"}
_LETTER: Final = msgspec.json.Decoder(Letter)
_CONSIDERED: Final = msgspec.json.Decoder(tuple[Considered, ...])


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A row in hand: leased to this process, `attempt` already counted."""

    delivery_id: str
    project_id: int
    kind: str
    recipient: str
    channel: Channel
    severity: Severity
    attempt: int
    decided_at: Instant
    at: Instant
    issue_id: str = ""
    episode_id: str = ""
    destination_id: str = ""
    template: str = ""
    content: bytes = b""
    episode_state: str | None = None
    thread: str | None = None
    lost: bool = False  # an earlier attempt may have been sent


def packed(letter: Letter) -> bytes:
    return zstandard.compress(msgspec.json.encode(letter), 3)


def unpacked(content: bytes) -> Letter:
    return _LETTER.decode(zstandard.decompress(content))


def decided(decision: Decision, at: Instant, offset: int) -> Params:
    step = decision.step
    return {
        "step_id": step.step_id,
        "episode_id": step.episode_id,
        "project_id": step.project_id,
        "at": at,
        "offset": offset,
        "recipients": msgspec.json.encode(decision.considered).decode(),
    }


def considered(recipients: bytes | str) -> tuple[Considered, ...]:
    return _CONSIDERED.decode(recipients)


def episode(decision: Decision) -> Params:
    step = decision.step
    acked, closed = step.kind is StepKind.ACKED, step.kind is StepKind.CLOSED
    return {
        "episode_id": step.episode_id,
        "issue_id": step.issue_id,
        "project_id": step.project_id,
        "number": step.number,
        "seq": step.seq,
        "kind": str(step.kind),
        "state": STATES.get(step.kind),
        "severity": SEVERITY_NUMBER[step.severity],
        "rules": [rule.id for rule in step.rules],
        "team": decision.team or None,
        "policy": step.policy.id if step.policy else None,
        "labels": msgspec.json.encode(decision.labels | {"subject": decision.subject}).decode(),
        "position": step.position,
        "at": step.at,
        "acked_at": step.at if acked else None,
        "acked_by": step.actor if acked else None,
        "closed_at": step.at if closed else None,
        "closed_why": step.reason if closed else None,
    }


def planned(delivery: Delivery, at: Instant) -> Params:
    row: Params = {
        "delivery_id": delivery.delivery_id,
        "notice_id": f"group:{delivery.group}" if delivery.group else delivery.notice_id or None,
        "recipient": delivery.recipient,
        "channel": str(delivery.channel),
        "destination_id": delivery.destination_id,
        "address_hint": delivery.address_hint,
        "urgency": delivery.urgency,
        "state": delivery.state,
        "reason": delivery.reason,
        "delay_s": delivery.delay_s,
        "recheck_at": delivery.recheck_at,
        "bundle_id": delivery.bundle_id,
        "content": packed(Letter(draft=delivery.draft)),
        "decided_at": at,
    }
    return row | (_of_step(delivery.draft) if isinstance(delivery.draft, Draft) else _of_no_episode(delivery.draft))


def _of_step(draft: Draft) -> Params:
    step = draft.step
    return {
        "project_id": step.project_id,
        "issue_id": step.issue_id,
        "episode_id": step.episode_id,
        "step_id": step.step_id,
        "kind": str(step.kind),
        "severity": SEVERITY_NUMBER[step.severity],
        "received_at": step.stamps.received_at or None,
    }


def _of_no_episode(content: Gathering | Notice) -> Params:
    """What a gathering holds is looked at when it is sent."""
    nothing: Params = dict.fromkeys(("issue_id", "episode_id", "step_id", "received_at"))
    severity = SEVERITY_NUMBER[content.severity]
    return nothing | {"project_id": content.project_id, "kind": content.kind, "severity": severity}


def claimed(row: Mapping[str, object]) -> Claimed:
    """From a row whose columns carry the names of `Claimed`; uuids become 32 hex, severity its word."""
    given = {name: value for name, value in row.items() if name in Claimed.__struct_fields__ and value is not None}
    for name in ("issue_id", "episode_id"):
        given[name] = str(given.get(name, "")).replace("-", "")
    number = given["severity"]
    assert isinstance(number, int)
    return msgspec.convert({**given, "severity": SEVERITIES[number]}, Claimed)


def settled(row: Claimed, given: Settled) -> Params:
    return {
        "delivery_id": row.delivery_id,
        "attempt": row.attempt,
        "state": str(given.state),
        "reason": given.reason,
        "wait_ms": int(given.wait_s * 1000),
        "provider_id": given.provider_id,
        "thread_ref": given.thread_ref,
        "verdict": given.verdict,
        "code": given.code,
        "detail": given.detail[:500],
    }


def changed(row: Claimed, settled: Settled, at: Instant) -> DeliveryChanged:
    return DeliveryChanged(
        delivery_id=row.delivery_id,
        project_id=row.project_id,
        recipient=row.recipient,
        channel=row.channel,
        kind=row.kind,
        state=settled.state,
        at=at,
        episode_id=row.episode_id,
        issue_id=row.issue_id,
        reason=settled.reason,
        attempt=row.attempt,
        provider_id=settled.provider_id,
    )
