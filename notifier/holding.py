"""What is held back at the instant of sending, for one recipient: the overlays of episode, route and person."""

from collections.abc import Iterable, Mapping

from domain.overlays import Overlay, Overlays, over_episode, over_person, over_route
from notifier.plan import World
from schemas.alert_step import AlertStep
from schemas.kinds import StepKind
from schemas.record import Instant

OVERLAY_CODES = frozenset({"silenced", "inhibited", "maintenance", "muted", "quiet_hours"})
NOTHING = Overlays()


def over_all(
    step: AlertStep, labels: Mapping[str, str], firing: Iterable[Mapping[str, str]], *, world: World, at: Instant
) -> Overlay | None:
    """What holds the step back for everybody. What a person asked for is never silenced."""
    if step.kind is StepKind.TOLD:
        return None
    return over_episode(overlays_of(step.project_id, world), labels, firing, at)


def over_one(
    step: AlertStep, recipient: str, mute_windows: Iterable[str], *, world: World, at: Instant
) -> Overlay | None:
    """What holds it back for this recipient alone."""
    muted = over_route(overlays_of(step.project_id, world), mute_windows, at)
    if muted is not None:
        return muted
    person = world.directory.people.get(recipient.removeprefix("person:"))
    return over_person(person, step.severity, at) if person is not None else None


def overlays_of(project_id: int, world: World) -> Overlays:
    return world.overlays.get(str(project_id), NOTHING)
