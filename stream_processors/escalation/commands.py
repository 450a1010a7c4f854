"""What people, the notifier and jobs decide about an episode (alerting.md 2.6, 6.2)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from schemas.commands import EpisodeCommand, EpisodeCommandKind
from schemas.kinds import AlertState, StepKind
from stream_processors.escalation.moving import acknowledged, advanced, paused, released
from stream_processors.escalation.state import Episode, State, open_episode, position
from stream_processors.escalation.turn import Scene, Telling, Turn

NOT_OPEN: Final = "not_open"
ALREADY: Final = "already"
NO_POLICY: Final = "no_policy"
CHANGED_SINCE: Final = "changed_since"
UNKNOWN_STEP: Final = "unknown_step"

Rule: TypeAlias = Callable[[Turn, Episode, EpisodeCommand, Scene], Turn]


def commanded(state: State, command: EpisodeCommand, scene: Scene) -> Turn:
    """The state after the command, or why it changes nothing."""
    episode = open_episode(state)
    if episode is None or command.episode_id not in ("", episode.id):
        return Turn(state, refused=NOT_OPEN)
    return RULES[command.kind](Turn(state), episode, command, scene)


def _acknowledge(turn: Turn, episode: Episode, command: EpisodeCommand, scene: Scene) -> Turn:
    return acknowledged(turn, episode, scene, command.actor)


def _unacknowledge(turn: Turn, episode: Episode, command: EpisodeCommand, scene: Scene) -> Turn:
    if episode.state is not AlertState.ACKED:
        return msgspec.structs.replace(turn, refused=ALREADY)
    reason = f"given back by {command.actor}"
    return released(turn, episode, scene, Telling(kind=StepKind.UNACKED, reason=reason, actor=command.actor))


def _escalate_now(turn: Turn, episode: Episode, command: EpisodeCommand, scene: Scene) -> Turn:
    refused = _stuck(episode)
    if refused:
        return msgspec.structs.replace(turn, refused=refused)
    return advanced(turn, _not_held(episode), scene, f"escalated by {command.actor}")


def _unreachable(turn: Turn, episode: Episode, command: EpisodeCommand, scene: Scene) -> Turn:
    refused = _stuck(episode) or _elsewhere(episode, command)
    if refused:
        return msgspec.structs.replace(turn, refused=refused)
    return advanced(turn, _not_held(episode), scene, f"nobody reachable: {command.reason or 'no target'}")


def _held(turn: Turn, episode: Episode, command: EpisodeCommand, scene: Scene) -> Turn:
    refused = _stuck(episode) or _elsewhere(episode, command)
    if refused:
        return msgspec.structs.replace(turn, refused=refused)
    return paused(turn, episode, command.until_at or scene.at)


def _resend(turn: Turn, episode: Episode, command: EpisodeCommand, scene: Scene) -> Turn:
    """The newest step once more, under its own id: readers that have it drop it."""
    last = turn.state.last
    if last is None or last.step_id != command.step_id:
        return msgspec.structs.replace(turn, refused=UNKNOWN_STEP)
    return msgspec.structs.replace(turn, steps=(last,))


def _stuck(episode: Episode) -> str:
    """Why there is no next step now."""
    if episode.state is AlertState.ACKED:
        return "acked"
    if episode.track is None:
        return NO_POLICY
    return ALREADY if episode.track.done else ""


def _elsewhere(episode: Episode, command: EpisodeCommand) -> str:
    """What was said of another place does not hold for this one."""
    return "" if command.position == position(episode) else CHANGED_SINCE


def _not_held(episode: Episode) -> Episode:
    track = episode.track
    return msgspec.structs.replace(episode, track=msgspec.structs.replace(track, held=False)) if track else episode


RULES: Final[Mapping[EpisodeCommandKind, Rule]] = {
    EpisodeCommandKind.ACKNOWLEDGE: _acknowledge,
    EpisodeCommandKind.UNACKNOWLEDGE: _unacknowledge,
    EpisodeCommandKind.ESCALATE_NOW: _escalate_now,
    EpisodeCommandKind.HELD: _held,
    EpisodeCommandKind.UNREACHABLE: _unreachable,
    EpisodeCommandKind.RESEND: _resend,
}
