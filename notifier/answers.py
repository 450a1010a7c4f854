"""What the escalation stage must hear about a step: nobody could be paged, or all are held back until later."""

from collections.abc import Iterable
from typing import Final

from domain.ids import digest
from notifier.audience import paged_by_policy
from notifier.holding import OVERLAY_CODES
from notifier.plan import REACHED, Considered
from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommand, EpisodeCommandKind
from schemas.record import Instant

ACTOR: Final = "service:notifier"


def commands(step: AlertStep, considered: Iterable[Considered], at: Instant) -> tuple[EpisodeCommand, ...]:
    """A function of the stored decision, with ids of their own: a replay sends the same again."""
    pages = [one for one in considered if one.page]
    if not paged_by_policy(step) or any(one.code in REACHED for one in pages):
        return ()
    held = [one for one in pages if one.code in OVERLAY_CODES]
    return (held_back(step, min(one.until_at for one in held), at) if held else unreachable(step, at),)


def held_back(step: AlertStep, until: Instant, at: Instant) -> EpisodeCommand:
    """The escalation pauses at this step and takes it again at `until`."""
    return EpisodeCommand(
        command_id=digest("held", step.step_id, str(until)),
        project_id=step.project_id,
        issue_id=step.issue_id,
        kind=EpisodeCommandKind.HELD,
        actor=ACTOR,
        at=at,
        episode_id=step.episode_id,
        reason="suppressed",
        position=step.position,
        until_at=until,
        step_id=step.step_id,
    )


def unreachable(step: AlertStep, at: Instant) -> EpisodeCommand:
    """The next step comes at once."""
    return EpisodeCommand(
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
    )
