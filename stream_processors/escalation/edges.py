"""Openings and closings: an episode that goes to and fro is said to flap, once, and is left in peace for an hour."""

from typing import Final

import msgspec

from schemas.kinds import StepKind
from stream_processors.escalation.state import EDGES, State
from stream_processors.escalation.timers import FLAPPING_S, prolonged
from stream_processors.escalation.turn import Scene, Telling, Turn, tell

MANY: Final = 4
WITHIN_MS: Final = 60 * 60_000


def edged(turn: Turn, scene: Scene) -> Turn:
    """One more edge; the fourth within an hour starts the flapping."""
    edges = (*turn.state.edges, scene.at)[-EDGES:]
    state = msgspec.structs.replace(turn.state, edges=edges)
    turn = msgspec.structs.replace(turn, state=state)
    lately = sum(1 for edge in edges if edge > scene.at - WITHIN_MS)
    if lately < MANY or is_flapping(state, scene.at) or state.episode is None:
        return turn
    reason = f"{lately} openings and closings within 60 min"
    told = tell(turn, state.episode, scene, Telling(kind=StepKind.FLAPPING, reason=reason))
    return msgspec.structs.replace(told, state=_patient(told.state, scene.at))


def is_flapping(state: State, at: int) -> bool:
    return at < state.flapping_until


def _patient(state: State, at: int) -> State:
    """A quiet close waits longer now."""
    timers = prolonged(state.timers, FLAPPING_S)
    return msgspec.structs.replace(state, flapping_until=at + WITHIN_MS, timers=timers)
