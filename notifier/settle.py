"""What an attempt's verdict, a crash or the state of the episode makes of a delivery."""

from typing import Final

import msgspec

from notifier.plan import Content, Draft, Gathering, Notice
from notifier.retry import Failing, wait_s
from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Unclear, Verdict
from schemas.kinds import AlertState, Channel, DeliveryState, Severity, StepKind
from schemas.record import Instant

URGENT: Final = frozenset({Severity.CRITICAL, Severity.HIGH})
IDEMPOTENT: Final = frozenset({Channel.PAGERDUTY, Channel.WEBHOOK, Channel.DASHBOARD})
AT_ONCE: Final = frozenset({Channel.DASHBOARD})  # delivered when it is written
STOPS_WITH_ACK: Final = frozenset(
    {StepKind.OPEN, StepKind.ESCALATE, StepKind.UNACKED, StepKind.UNHANDLED, StepKind.PROGRESS}
)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The state after the attempt; `wait_s` until the next one; `ends` the use of the address."""

    state: DeliveryState
    reason: str = ""
    wait_s: float = 0.0
    verdict: str = ""
    code: str = ""
    detail: str = ""
    provider_id: str = ""
    thread_ref: str = ""
    ends: bool = False


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery after an attempt. `age_s` since it was decided or due, whichever is later."""

    channel: Channel
    severity: Severity
    failures: int
    age_s: float


def settle(after: Attempted, verdict: Verdict, roll: float) -> Settled:
    match verdict:
        case Accepted():
            state = DeliveryState.DELIVERED if after.channel in AT_ONCE else DeliveryState.ACCEPTED
            return Settled(
                state=state,
                verdict="accepted",
                detail=verdict.detail,
                provider_id=verdict.provider_id,
                thread_ref=verdict.thread_ref,
            )
        case TryAgain():
            return _later(after, verdict, roll)
        case GiveUp():
            return Settled(
                state=DeliveryState.FAILED,
                reason=f"{verdict.fault} {verdict.code}".strip(),
                verdict=str(verdict.fault),
                code=verdict.code,
                detail=verdict.detail,
                ends=verdict.fault is Fault.GONE,
            )
        case Unclear():
            return after_crash(after, verdict, roll)


def after_crash(after: Attempted, unclear: Unclear, roll: float) -> Settled:
    """It may have been sent (alerting.md 11.3).

    Where the provider knows our id, sending again is harmless; elsewhere critical and high go at
    least once, the others at most once.
    """
    if after.channel in IDEMPOTENT or after.severity in URGENT:
        return _later(after, TryAgain(Fault.LOST, unclear.code, unclear.detail), roll)
    return Settled(
        state=DeliveryState.FAILED,
        reason="unknown_after_crash",
        verdict=str(Fault.LOST),
        code=unclear.code,
        detail=unclear.detail,
    )


def no_longer_due(content: Content, state: AlertState | None, at: Instant = 0) -> str | None:
    """Why a message must not be sent any more, by the episode's state now; None: send it."""
    match content:
        case Gathering():
            return None if content.lines else "nothing_new"
        case Notice():
            return "expired" if content.expires_at and at >= content.expires_at else None
        case Draft():
            return _of_episode(content, state)


def _of_episode(draft: Draft, state: AlertState | None) -> str | None:
    kind = draft.step.kind
    if state is AlertState.CLOSED and kind is not StepKind.CLOSED:
        return "closed"
    if state is AlertState.ACKED and kind in STOPS_WITH_ACK and not draft.while_acked:
        return "acked"
    return None


def _later(after: Attempted, verdict: TryAgain, roll: float) -> Settled:
    failing = Failing(
        channel=after.channel,
        severity=after.severity,
        failures=after.failures,
        age_s=after.age_s,
        retry_after_s=verdict.retry_after_s,
    )
    wait = wait_s(failing, roll)
    return Settled(
        state=DeliveryState.FAILED if wait is None else DeliveryState.RETRY,
        reason="expired" if wait is None else str(verdict.fault),
        wait_s=wait or 0.0,
        verdict=str(verdict.fault),
        code=verdict.code,
        detail=verdict.detail,
    )
