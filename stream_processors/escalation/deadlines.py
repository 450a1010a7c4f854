"""What a due timer does (alerting.md 6.2). A timer fires by being removed, so it fires once."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from schemas.kinds import AlertState, StepKind
from stream_processors.escalation.moving import advanced, progressed, released, reminded
from stream_processors.escalation.opening import QUIET, closed, ended
from stream_processors.escalation.policies import current
from stream_processors.escalation.state import Episode, State, open_episode
from stream_processors.escalation.timers import ACK_TTL, CONFIRM, ESCALATE, REACK, REPEAT, fired, instants, stale_at
from stream_processors.escalation.turn import Scene, Telling, Turn

Due: TypeAlias = Callable[[Turn, Episode, Scene], Turn]


def ticked(state: State, scene: Scene) -> Turn:
    """Fire what is due at `scene.at`, then make instants of the delays that wait for a tick."""
    found = fired(state.timers, scene.at)
    turn = Turn(msgspec.structs.replace(state, timers=found.timers))
    for name in found.due:
        episode = open_episode(turn.state)
        if episode is not None and episode.state is RUNS_IN[name]:
            turn = DUE[name](turn, episode, scene)
    timers = instants(turn.state.timers, scene.at)
    return msgspec.structs.replace(turn, state=msgspec.structs.replace(turn.state, timers=timers))


def fell_quiet(state: State, watermark: int, scene: Scene) -> Turn:
    """Closed when all that was accepted until its quiet time is decided, and nothing of it was of this issue."""
    due_at = stale_at(state.timers)
    if due_at is not None and due_at <= watermark:
        return closed(Turn(state), msgspec.structs.replace(scene, at=due_at), QUIET)
    if due_at is None and is_untold(state) and state.flapping_until <= watermark:
        return ended(Turn(state), msgspec.structs.replace(scene, at=state.flapping_until), QUIET)
    return Turn(state)


def quiet_at(state: State) -> int | None:
    """When the watermark has something to end."""
    return state.flapping_until if is_untold(state) else stale_at(state.timers)


def is_untold(state: State) -> bool:
    return state.episode is not None and state.episode.untold


def _escalate(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    track = episode.track
    waited = current(track).delay_s if track and track.step >= 0 else 0
    held = track is not None and track.held
    reason = "the hold is over" if held else f"no acknowledgement for {waited} s"
    return advanced(turn, episode, scene, reason)


def _ack_ttl(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    return reminded(turn, episode, scene)


def _confirm(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    return released(turn, episode, scene, Telling(kind=StepKind.UNACKED, reason="no answer to the reminder"))


def _reack(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    reason = "critical now, and not acknowledged again"
    return released(turn, episode, scene, Telling(kind=StepKind.UNACKED, reason=reason))


def _repeat(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    return progressed(turn, episode, scene)


DUE: Final[Mapping[str, Due]] = {
    ESCALATE: _escalate,
    ACK_TTL: _ack_ttl,
    CONFIRM: _confirm,
    REACK: _reack,
    REPEAT: _repeat,
}
RUNS_IN: Final[Mapping[str, AlertState]] = {
    ESCALATE: AlertState.FIRING,
    REPEAT: AlertState.FIRING,
    ACK_TTL: AlertState.ACKED,
    CONFIRM: AlertState.ACKED,
    REACK: AlertState.ACKED,
}
