"""Whom a step is for: the people its policy interrupts, the channels its routes show it on, those told before."""

from collections.abc import Sequence
from typing import Final

import msgspec

from domain.routes import Route
from notifier.plan import Memory, Named, World
from schemas.alert_step import AlertStep
from schemas.kinds import AlertState, StepKind


class Audience(msgspec.Struct, frozen=True):
    """`people`: page or notice to the targets of policy and step. `shown`: all receivers, or channels alone."""

    people: str = ""
    shown: str = ""
    again: bool = False  # by the ways of before, those whom the episode reached


AUDIENCES: Final[dict[StepKind, Audience]] = {
    StepKind.OPEN: Audience(people="page", shown="all"),
    StepKind.UPDATE: Audience(people="page", shown="all"),
    StepKind.ESCALATE: Audience(people="page"),
    StepKind.REOPENED: Audience(shown="channels"),
    StepKind.ACKED: Audience(shown="channels"),
    StepKind.REMIND: Audience(people="page"),
    StepKind.UNACKED: Audience(people="page", shown="channels"),
    StepKind.PROGRESS: Audience(shown="all"),
    StepKind.TOLD: Audience(people="notice"),
    StepKind.FLAPPING: Audience(shown="all"),
    StepKind.UNHANDLED: Audience(people="page", shown="all"),
    StepKind.CLOSED: Audience(again=True),
}


def named(step: AlertStep, routes: Sequence[Route], memory: Memory, world: World) -> tuple[Named, ...]:
    """Every target with the words that say who named it, pages first."""
    audience = AUDIENCES[step.kind]
    found: list[Named] = []
    if audience.people:
        found += _people(step, memory, world, audience.people == "page")
    if audience.shown:
        found += _shown(routes, audience.shown == "channels")
    return tuple(found)


def paged_by_policy(step: AlertStep) -> bool:
    """Whether a step that reaches nobody must escalate at once."""
    escalates = step.kind in (StepKind.OPEN, StepKind.ESCALATE, StepKind.UNACKED)
    return escalates and step.policy is not None and bool(step.policy.targets)


def policy_name(step: AlertStep, world: World) -> str:
    if step.policy is None:
        return ""
    found = world.directory.policies.get(step.policy.id.removeprefix("policy:")) or step.policy.whole
    return found.name if found else step.policy.id


def _people(step: AlertStep, memory: Memory, world: World, page: bool) -> list[Named]:
    targets = [Named(target, page, _step_words(step, world)) for target in _policy_targets(step)]
    targets += [Named(target, page, _named_words(step)) for target in step.targets]
    if step.kind is StepKind.REMIND and not targets and (actor := step.actor or memory.acked_by):
        targets.append(Named(actor, page, "you acknowledged it"))
    if step.kind is StepKind.UPDATE and memory.state is AlertState.FIRING:
        before = sorted({told.recipient for told in memory.told if told.recipient.startswith("person:")})
        targets += [Named(recipient, page, "you were told of it before") for recipient in before]
    return targets


def _policy_targets(step: AlertStep) -> tuple[str, ...]:
    return step.policy.targets if step.policy is not None else ()


def _step_words(step: AlertStep, world: World) -> str:
    name = policy_name(step, world)
    if step.kind is StepKind.UNHANDLED:
        return f"last resort of policy {name}: nobody acknowledged"
    number = step.position.rpartition(".")[2]
    return f"step {int(number) + 1} of policy {name}" if number.isdigit() else f"policy {name}"


def _named_words(step: AlertStep) -> str:
    match step.kind:
        case StepKind.TOLD:
            return "assigned or mentioned"
        case StepKind.REMIND | StepKind.UPDATE:
            return "you acknowledged it"
        case _:
            return "named by the alert"


def _shown(routes: Sequence[Route], channels_only: bool) -> list[Named]:
    found = []
    for route in routes:
        on = f" ({', '.join(route.why)})" if route.why else ""
        words = f"route {route.id}{on}"
        targets = [target for target in route.receivers if target.startswith("channel:") or not channels_only]
        found += [Named(target, False, words, route.mute_windows) for target in targets]
    return found
