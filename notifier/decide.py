"""From a step to rows: who is told, by which ways, and why; who is not, and why not."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from domain.ids import delivery_id, digest
from domain.routes import labels_of, routes_for
from notifier.audience import named, paged_by_policy, policy_name
from notifier.plan import SENT, Considered, Decision, Delivery, Draft, Memory, RuleWords, World
from notifier.ways import Way, again, merged, unreached, ways
from notifier.words import subject, traced
from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommand, EpisodeCommandKind
from schemas.kinds import AlertState, Severity, StepKind
from schemas.record import Instant

ACTOR: Final = "service:notifier"
URGENCY: Final = {Severity.CRITICAL: 1, Severity.HIGH: 2}
LEAST_URGENT: Final = 4


def decide(step: AlertStep, world: World, memory: Memory, at: Instant) -> Decision:
    """Everybody a target names ends as a delivery or with a code.

    `at` is the instant of the decision by the clock of the ledger.
    """
    project = world.directory.projects.get(str(step.project_id))
    labels = labels_of(step.brief, step.severity, project) | step.labels
    routes = routes_for(world.routes.get(str(step.project_id), {}), labels)
    found, missed = ways(step, named(step, routes, memory, world), world, at)
    planned, considered = _planned(step, merged(found + again(step, memory, world)), world)
    draft = _draft(step, memory, world, at)
    names = {one.recipient: one.name for one in considered if one.code == SENT}
    reached = {one.recipient for one in considered}
    return Decision(
        step=step,
        considered=(*considered, *(one for one in missed if one.recipient not in reached)),
        deliveries=tuple(_delivery(way, id_, _addressed(draft, way, world, names), world) for id_, way in planned),
        labels=labels,
        subject=draft.subject,
        team=project.team if project else "",
    )


def commands(step: AlertStep, considered: Iterable[Considered], at: Instant) -> tuple[EpisodeCommand, ...]:
    """What the escalation stage must hear: nobody could be paged, so the next step comes at once.

    A function of the stored decision, with an id of its own: a replay sends the same again.
    """
    if not paged_by_policy(step) or any(one.page and one.code == SENT for one in considered):
        return ()
    return (
        EpisodeCommand(
            command_id=digest("unreachable", step.step_id),
            project_id=step.project_id,
            issue_id=step.issue_id,
            kind=EpisodeCommandKind.UNREACHABLE,
            actor=ACTOR,
            at=at,
            episode_id=step.episode_id,
            reason="no_target",
            position=step.position,
            step_id=step.step_id,
        ),
    )


def _planned(step: AlertStep, given: Iterable[Way], world: World) -> tuple[list[tuple[str, Way]], list[Considered]]:
    """Ways with their delivery id. What has no readable address, or one that is there already, drops out."""
    planned: dict[str, Way] = {}
    considered: list[Considered] = []
    for way in given:
        address = world.addresses.get(way.contact.setting_id)
        if address is None:
            why = (*way.why, "the address cannot be opened with this installation's key")
            considered.append(unreached(way.recipient, "no_method", why, way.page))
            continue
        id_ = _id(step, way, address)
        if id_ not in planned:
            planned[id_] = way
            considered.append(_told(way, id_, world))
    return list(planned.items()), considered


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


def _told(way: Way, id_: str, world: World) -> Considered:
    return Considered(
        recipient=way.recipient,
        code=SENT,
        why=way.why,
        channel=way.contact.channel,
        page=way.page,
        name=name_of(way.recipient, world),
        delivery_id=id_,
        delay_s=way.contact.delay_s,
        until_at=way.until,
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


def _addressed(draft: Draft, way: Way, world: World, names: Mapping[str, str]) -> Draft:
    person = world.directory.people.get(way.recipient.removeprefix("person:"))
    return msgspec.structs.replace(
        draft,
        recipient=way.recipient,
        why=way.why,
        duty_until=way.until,
        others=tuple(name for recipient, name in names.items() if recipient != way.recipient),
        zone=person.zone if person else "UTC",
        delay_s=way.contact.delay_s,
    )


def _delivery(way: Way, id_: str, draft: Draft, world: World) -> Delivery:
    return Delivery(
        delivery_id=id_,
        recipient=way.recipient,
        channel=way.contact.channel,
        destination_id=way.contact.setting_id,
        address_hint=world.hints.get(way.contact.setting_id, ""),
        urgency=urgency(draft.step),
        draft=draft,
        delay_s=way.contact.delay_s,
    )


def urgency(step: AlertStep) -> int:
    """The first alert of an episode goes before everything, then what is critical, then high."""
    opens = step.kind is StepKind.OPEN and step.severity in URGENCY
    return 0 if opens else URGENCY.get(step.severity, LEAST_URGENT)
