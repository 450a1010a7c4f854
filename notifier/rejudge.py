"""What was held back, looked at again: still held, sent now, no longer needed, or told in one catch-up."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from domain.ids import digest
from notifier.answers import held_back
from notifier.decide import LEAST_URGENT
from notifier.holding import over_all, over_one
from notifier.plan import Delivery, Draft, Gathering, World
from notifier.settle import no_longer_due
from schemas.commands import EpisodeCommand
from schemas.kinds import SEVERITY_NUMBER, AlertState, Channel
from schemas.record import Instant

REPEATED: Final = "repeated"  # the escalation takes the step again: with rows of its own
Firing = Mapping[int, Sequence[Mapping[str, str]]]  # labels of firing episodes, by project


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was held back."""

    delivery_id: str
    channel: Channel
    destination_id: str
    address_hint: str
    draft: Draft
    state: AlertState
    labels: dict[str, str]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where a row goes."""

    delivery_id: str
    state: str
    reason: str = ""
    recheck_at: Instant | None = None
    bundle_id: str | None = None


class Rejudged(msgspec.Struct, frozen=True):
    moves: tuple[Move, ...]
    catch_ups: tuple[Delivery, ...]
    commands: tuple[EpisodeCommand, ...] = ()


def rejudged(waiting: Sequence[Waiting], firing: Firing, world: World, at: Instant) -> Rejudged:
    """Each recipient gets one catch-up for all that a quiet time held back, never the backlog."""
    moves: list[Move] = []
    due: dict[tuple[str, str], list[Waiting]] = {}
    for one in waiting:
        move = _not_yet(one, firing, world, at)
        if move is not None:
            moves.append(move)
        else:
            due.setdefault((one.draft.recipient, one.destination_id), []).append(one)
    catch_ups: list[Delivery] = []
    for together in due.values():
        if len(together) == 1 and no_longer_due(together[0].draft, together[0].state) is None:
            moves.append(Move(delivery_id=together[0].delivery_id, state="pending"))
            continue
        catch_up = _catch_up(together, at)
        catch_ups.append(catch_up)
        moves += [_into(one, catch_up) for one in together]
    return Rejudged(tuple(moves), tuple(catch_ups), _taken_up(waiting, moves, at))


def _taken_up(waiting: Sequence[Waiting], moves: Iterable[Move], at: Instant) -> tuple[EpisodeCommand, ...]:
    """Steps that nothing holds back any more, maybe earlier than they were to wait: the escalation goes on now."""
    repeated = {move.delivery_id for move in moves if move.reason == REPEATED}
    steps = {one.draft.step.step_id: one.draft.step for one in waiting if one.delivery_id in repeated}
    return tuple(held_back(step, at, at) for step in steps.values())


def _not_yet(one: Waiting, firing: Firing, world: World, at: Instant) -> Move | None:
    """Held back still, or not needed any more; None: it is due."""
    step = one.draft.step
    others = firing.get(step.project_id, ())
    held = over_all(step, one.labels, others, world=world, at=at) or over_one(
        step, one.draft.recipient, one.draft.mute_windows, world=world, at=at
    )
    if held is not None:
        return Move(delivery_id=one.delivery_id, state="suppressed", reason=held.code, recheck_at=held.until)
    why_not = no_longer_due(one.draft, one.state)
    if why_not == "acked":
        return Move(delivery_id=one.delivery_id, state="cancelled", reason=why_not)
    if one.draft.held and one.state is not AlertState.CLOSED:
        return Move(delivery_id=one.delivery_id, state="cancelled", reason=REPEATED)
    return None


def _into(one: Waiting, catch_up: Delivery) -> Move:
    return Move(delivery_id=one.delivery_id, state="bundled", reason="catch_up", bundle_id=catch_up.delivery_id)


def _catch_up(together: Sequence[Waiting], at: Instant) -> Delivery:
    first = together[0]
    severity = max((one.draft.step.severity for one in together), key=SEVERITY_NUMBER.__getitem__)
    projects = _names(one.draft.project for one in together)
    gathering = Gathering(
        kind="catch_up",
        recipient=first.draft.recipient,
        subject=f"[{projects}] while notifications were held back",
        project=projects,
        project_id=first.draft.step.project_id,
        severity=severity,
        zone=first.draft.zone,
        due_at=at,
        decided_at=at,
    )
    ids = sorted(one.delivery_id for one in together)
    return Delivery(
        delivery_id=digest("catch_up", first.draft.recipient, first.destination_id, *ids)[:26],
        recipient=first.draft.recipient,
        channel=first.channel,
        destination_id=first.destination_id,
        address_hint=first.address_hint,
        urgency=LEAST_URGENT,
        draft=gathering,
    )


def _names(projects: Iterable[str]) -> str:
    return ", ".join(sorted(set(projects)))
