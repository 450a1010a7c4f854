"""From a step to rows: who is told, by which ways, and why; who is not, and why not."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from domain.ids import delivery_id
from domain.overlays import Overlay
from domain.routes import Route, labels_of, routes_for
from notifier.audience import named, paged_by_policy, policy_name
from notifier.holding import over_all, over_one
from notifier.plan import SENT, Considered, Decision, Delivery, Draft, Grouping, Memory, RuleWords, World
from notifier.ways import Way, again, merged, unreached, ways
from notifier.words import subject, traced
from schemas.alert_step import AlertStep
from schemas.kinds import AlertState, Severity, StepKind
from schemas.record import Instant

URGENCY: Final = {Severity.CRITICAL: 1, Severity.HIGH: 2}
LEAST_URGENT: Final = 4
MEDIUM_S: Final = 900  # followers of a medium alert wait at least so long


class Planned(msgspec.Struct, frozen=True):
    """A way with the id of its delivery, and what holds it back."""

    id: str
    way: Way
    held: Overlay | None = None
    paused: bool = False  # the escalation itself waits, and comes back with a step of its own


def decide(step: AlertStep, world: World, memory: Memory, at: Instant) -> Decision:
    """Everybody a target names ends as a delivery or with a code.

    `at` is the instant of the decision by the clock of the ledger.
    """
    project = world.directory.projects.get(str(step.project_id))
    labels = labels_of(step.brief, step.severity, project) | step.labels
    routes = routes_for(world.routes.get(str(step.project_id), {}), labels)
    found, missed = ways(step, named(step, routes, memory, world), world, at)
    planned, closed_off = _planned(step, merged(found + again(step, memory, world)), world, memory.disabled)
    everything = over_all(step, labels, memory.firing, world=world, at=at)
    planned = _paused(step, [_held(one, step, everything, world=world, at=at) for one in planned])
    considered = [*(_considered(one, world) for one in planned), *closed_off]
    reached = {one.recipient for one in considered}
    draft = _draft(step, memory, world, at)
    names = {one.recipient: one.name for one in considered if one.code == SENT}
    return Decision(
        step=step,
        considered=(*considered, *(one for one in missed if one.recipient not in reached)),
        deliveries=tuple(_delivery(one, _addressed(draft, one, world, names), world) for one in planned),
        labels=labels,
        subject=draft.subject,
        team=project.team if project else "",
        grouping=_grouping(step, routes[0], labels),
    )


def _planned(
    step: AlertStep, given: Iterable[Way], world: World, disabled: frozenset[str]
) -> tuple[list[Planned], list[Considered]]:
    """What has no readable address, or one that is there already, drops out."""
    planned: dict[str, Planned] = {}
    closed_off: list[Considered] = []
    for way in given:
        address = world.addresses.get(way.contact.setting_id)
        if way.contact.setting_id in disabled:
            why = (*way.why, "the provider refuses this address since an earlier message")
            closed_off.append(unreached(way.recipient, "method_disabled", why, way.page))
            continue
        if address is None or way.contact.channel not in world.channels:
            why = (*way.why, _unusable(way, address))
            closed_off.append(unreached(way.recipient, "no_method", why, way.page))
            continue
        id_ = _id(step, way, address)
        planned.setdefault(id_, Planned(id_, way))
    return list(planned.values()), closed_off


def _unusable(way: Way, address: str | None) -> str:
    if address is None:
        return "the address cannot be opened with this installation's key"
    return f"this installation has no {way.contact.channel} set up"


def _held(one: Planned, step: AlertStep, everything: Overlay | None, *, world: World, at: Instant) -> Planned:
    held = everything or over_one(step, one.way.recipient, one.way.mute_windows, world=world, at=at)
    return msgspec.structs.replace(one, held=held)


def _paused(step: AlertStep, given: list[Planned]) -> list[Planned]:
    """When all pages of a policy's step are held back, the escalation is told to wait."""
    pages = [one for one in given if one.way.page]
    if not paged_by_policy(step) or any(one.held is None for one in pages):
        return given
    return [msgspec.structs.replace(one, paused=one.way.page) for one in given]


def _grouping(step: AlertStep, route: Route, labels: Mapping[str, str]) -> Grouping | None:
    """Openings are grouped; critical ones, other steps and routes without `group_by` only in a storm."""
    if step.kind is StepKind.TOLD:
        return None
    if step.kind is not StepKind.OPEN or not route.group_by or step.severity is Severity.CRITICAL:
        return Grouping()
    interval_s = max(route.group_interval_s, MEDIUM_S if step.severity is Severity.MEDIUM else 0)
    return Grouping(tuple(labels.get(label, "") for label in route.group_by), interval_s)


def _id(step: AlertStep, way: Way, address: str) -> str:
    return delivery_id(
        issue=step.issue_id,
        episode=step.episode_id,
        kind=step.kind,
        ordinal=step.ordinal,
        recipient=way.recipient,
        channel=way.contact.channel,
        address=address,
    )


def _considered(one: Planned, world: World) -> Considered:
    way, held = one.way, one.held
    return Considered(
        recipient=way.recipient,
        code=held.code if held else SENT,
        why=(*way.why, held.why) if held else way.why,
        channel=way.contact.channel,
        page=way.page,
        name=name_of(way.recipient, world),
        delivery_id=one.id,
        delay_s=way.contact.delay_s,
        until_at=held.until if held else way.until,
    )


def name_of(recipient: str, world: World) -> str:
    kind, _, key = recipient.partition(":")
    if kind == "channel":
        channel = world.directory.channels.get(key)
        return channel.name if channel else key
    person = world.directory.people.get(key)
    return (person.name or person.email.partition("@")[0]) if person else key


def _draft(step: AlertStep, memory: Memory, world: World, at: Instant) -> Draft:
    """What is the same for every recipient."""
    project = world.directory.projects.get(str(step.project_id))
    return Draft(
        step=step,
        recipient="",
        subject=memory.subject or subject(step, project),
        project=project.name if project else f"project {step.project_id}",
        rules=tuple(RuleWords(name=world.rules.get(rule.id, rule.id), trace=traced(rule)) for rule in step.rules),
        policy=policy_name(step, world),
        while_acked=memory.state is AlertState.ACKED,
        decided_at=at,
        settings_offset=world.offset,
    )


def _addressed(draft: Draft, one: Planned, world: World, names: Mapping[str, str]) -> Draft:
    way = one.way
    person = world.directory.people.get(way.recipient.removeprefix("person:"))
    return msgspec.structs.replace(
        draft,
        recipient=way.recipient,
        why=way.why,
        duty_until=way.until,
        others=tuple(name for recipient, name in names.items() if recipient != way.recipient),
        zone=person.zone if person else "UTC",
        delay_s=way.contact.delay_s,
        mute_windows=way.mute_windows,
        page=way.page,
        held=one.paused,
    )


def _delivery(one: Planned, draft: Draft, world: World) -> Delivery:
    contact, held = one.way.contact, one.held
    return Delivery(
        delivery_id=one.id,
        recipient=one.way.recipient,
        channel=contact.channel,
        destination_id=contact.setting_id,
        address_hint=world.hints.get(contact.setting_id, ""),
        urgency=urgency(draft.step.kind, draft.step.severity),
        draft=draft,
        state="suppressed" if held else "pending",
        reason=held.code if held else "",
        delay_s=contact.delay_s,
        recheck_at=held.until if held else None,
    )


def urgency(kind: StepKind, severity: Severity) -> int:
    """The first alert of an episode goes before everything, then what is critical, then high."""
    return 0 if kind is StepKind.OPEN and severity in URGENCY else URGENCY.get(severity, LEAST_URGENT)
