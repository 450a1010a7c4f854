"""Alone or together: the first alert of a group goes at once, followers wait for the group's bundle."""

from collections.abc import Mapping
from typing import Final

import msgspec

from domain.ids import digest
from notifier.decide import LEAST_URGENT, URGENCY
from notifier.plan import BUNDLED, Considered, Decision, Delivery, Draft, Gathering
from schemas.kinds import Channel, Severity, StepKind
from schemas.record import Instant

MINUTE_MS: Final = 60_000
READ_BY_PEOPLE: Final = frozenset({Channel.EMAIL, Channel.SLACK, Channel.SMS})


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What one group was told lately: single messages in the last minute, the newest of them, a bundle that waits."""

    alone: int = 0
    led_at: Instant = 0
    bundle: str = ""


def group_of(delivery: Delivery, decision: Decision) -> str:
    """Empty: never grouped. (project, values of the route, recipient, channel), openings apart from what follows.

    Machines get each step by itself; so does a message that is changed in its place.
    """
    opens = decision.step.kind is StepKind.OPEN
    if decision.grouping is None or delivery.state != "pending" or delivery.delay_s:
        return ""
    if delivery.channel not in READ_BY_PEOPLE or (delivery.channel is Channel.SLACK and not opens):
        return ""
    place = (str(decision.step.project_id), delivery.recipient, delivery.destination_id)
    return digest("group", "opens" if opens else "goes on", *place, *decision.grouping.values)


def paced(decision: Decision, paces: Mapping[str, Pace], at: Instant, most: int) -> Decision:
    """The decision with followers put into bundles; new bundles stand among its deliveries, before their children.

    `paces` by delivery id; a delivery without one is not grouped. `most`: single messages a minute.
    """
    deliveries: list[Delivery] = []
    bundled: set[str] = set()
    for delivery in decision.deliveries:
        pace = paces.get(delivery.delivery_id)
        due_at = _waits_until(decision, pace, at, most) if pace else None
        if pace is None or due_at is None:
            group = group_of(delivery, decision) if pace else ""
            deliveries.append(msgspec.structs.replace(delivery, group=group))
            continue
        bundle = _bundle(delivery, decision, due_at, at)
        bundle_id = pace.bundle or bundle.delivery_id
        if not pace.bundle:
            deliveries.append(bundle)
        deliveries.append(msgspec.structs.replace(delivery, state="bundled", reason="follower", bundle_id=bundle_id))
        bundled.add(delivery.delivery_id)
    considered = tuple(_said(one, bundled) for one in decision.considered)
    return msgspec.structs.replace(decision, deliveries=tuple(deliveries), considered=considered)


def _waits_until(decision: Decision, pace: Pace, at: Instant, most: int) -> Instant | None:
    """When the bundle goes; None: at once, alone."""
    interval_ms = decision.grouping.interval_s * 1000 if decision.grouping else 0
    if interval_ms and pace.led_at and at - pace.led_at < interval_ms:
        return pace.led_at + interval_ms
    critical = decision.step.severity is Severity.CRITICAL
    if pace.alone >= most or (pace.bundle and not critical):
        return at + MINUTE_MS
    return None


def _bundle(delivery: Delivery, decision: Decision, due_at: Instant, at: Instant) -> Delivery:
    step = decision.step
    draft = delivery.draft
    assert isinstance(draft, Draft)
    gathering = Gathering(
        kind="bundle",
        recipient=delivery.recipient,
        subject=f"[{draft.project}] more alerts",
        project=draft.project,
        project_id=step.project_id,
        severity=step.severity,
        zone=draft.zone,
        due_at=due_at,
        decided_at=at,
    )
    return Delivery(
        delivery_id=digest("bundle", group_of(delivery, decision), delivery.delivery_id)[:26],
        recipient=delivery.recipient,
        channel=delivery.channel,
        destination_id=delivery.destination_id,
        address_hint=delivery.address_hint,
        urgency=URGENCY.get(step.severity, LEAST_URGENT),
        draft=gathering,
        delay_s=max(0, due_at - at) // 1000,
        group=group_of(delivery, decision),
    )


def _said(one: Considered, bundled: set[str]) -> Considered:
    return msgspec.structs.replace(one, code=BUNDLED) if one.delivery_id in bundled else one
