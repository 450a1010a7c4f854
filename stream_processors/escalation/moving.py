"""How a running episode goes on: next steps, acknowledgement, reminders (alerting.md 6.2)."""

import msgspec

from schemas.kinds import AlertState, Severity, StepKind
from stream_processors.escalation.policies import current, following
from stream_processors.escalation.state import Episode, State, Timer, Track, position, with_episode
from stream_processors.escalation.timers import (
    ACK_TTL,
    ACK_TTL_S,
    CONFIRM,
    CONFIRM_S,
    ESCALATE,
    LONG_S,
    REACK,
    REACK_S,
    REPEAT,
    REPEAT_S,
    STALE,
    armed,
    only,
    set_to,
    without,
)
from stream_processors.escalation.turn import Scene, Telling, Turn, last_resort, step_policy, tell


def advanced(turn: Turn, episode: Episode, scene: Scene, reason: str) -> Turn:
    """The next step of the track, or the same again after a hold; when nobody is left that is said once."""
    track = episode.track
    if track is None or track.done:
        return turn
    if track.held:
        return again(turn, episode, scene, reason)
    ahead = following(track, episode.severity)
    if ahead is None:
        return _unhandled(turn, episode, track, scene)
    return _stepped(turn, msgspec.structs.replace(episode, track=ahead), scene, reason)


def again(turn: Turn, episode: Episode, scene: Scene, reason: str) -> Turn:
    """The current step in a new round, since an id is told only once. A finished track starts over."""
    track = _current_or_first(episode)
    episode = msgspec.structs.replace(episode, round=episode.round + 1, track=track)
    if track is None or track.done:
        return _put(turn, episode, turn.state.timers)
    return _stepped(turn, episode, scene, reason)


def paused(turn: Turn, episode: Episode, until_at: int) -> Turn:
    """Nobody can be reached until then: escalation waits instead of running out, and the step comes again."""
    track = episode.track
    if track is None:
        return turn
    waiting = msgspec.structs.replace(episode, track=msgspec.structs.replace(track, held=True))
    return _put(turn, waiting, set_to(turn.state.timers, ESCALATE, until_at))


def acknowledged(turn: Turn, episode: Episode, scene: Scene, actor: str) -> Turn:
    """A named person has it. Only `stale` stays, and a reminder. Once more: the reminder anew, nothing told."""
    timers = armed(only(turn.state.timers, STALE), ACK_TTL, ACK_TTL_S.get(episode.severity, LONG_S))
    acked = msgspec.structs.replace(episode, state=AlertState.ACKED, acked_by=actor, acked_at=scene.at)
    turn_ = _put(turn, acked, timers)
    if episode.state is AlertState.ACKED:
        return turn_
    return tell(turn_, acked, scene, Telling(kind=StepKind.ACKED, reason=f"acknowledged by {actor}", actor=actor))


def released(turn: Turn, episode: Episode, scene: Scene, telling: Telling) -> Turn:
    """Nobody has it any more: said in the thread, and the current step again."""
    firing = msgspec.structs.replace(episode, state=AlertState.FIRING, acked_by="", acked_at=0)
    kept = msgspec.structs.replace(turn.state, timers=only(turn.state.timers, STALE))
    turn = tell(msgspec.structs.replace(turn, state=kept), firing, scene, telling)
    turn = again(turn, _episode(turn.state, firing), scene, telling.reason)
    timers = armed(turn.state.timers, REPEAT, REPEAT_S.get(firing.severity, LONG_S))
    return msgspec.structs.replace(turn, state=msgspec.structs.replace(turn.state, timers=timers))


def reminded(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    """Still on it?"""
    turn = _put(turn, episode, armed(turn.state.timers, CONFIRM, CONFIRM_S))
    telling = Telling(kind=StepKind.REMIND, reason="still on it?", targets=(episode.acked_by,), actor=episode.acked_by)
    return tell(turn, episode, scene, telling)


def progressed(turn: Turn, episode: Episode, scene: Scene) -> Turn:
    turn = _put(turn, episode, armed(turn.state.timers, REPEAT, REPEAT_S.get(episode.severity, LONG_S)))
    return tell(turn, episode, scene, Telling(kind=StepKind.PROGRESS, reason="still firing"))


def rose(turn: Turn, episode: Episode, scene: Scene, reason: str) -> Turn:
    """Severity above the episode's highest while nobody has it: told now, and the wait for the next step anew."""
    turn = tell(turn, episode, scene, Telling(kind=StepKind.UPDATE, reason=reason))
    track = _wakened(episode)
    episode = msgspec.structs.replace(_episode(turn.state, episode), track=track)
    if track is None or track.done:
        return _put(turn, episode, turn.state.timers)
    delay_s = current(track).delay_s if track.step >= 0 else 0
    return _put(turn, episode, armed(turn.state.timers, ESCALATE, delay_s))


def shifted(turn: Turn, episode: Episode, scene: Scene, reason: str) -> Turn:
    """Severity changes while a person has it: asked sooner or later; told, and asked soon, if it is critical now."""
    timers = armed(only(turn.state.timers, STALE), ACK_TTL, ACK_TTL_S.get(episode.severity, LONG_S))
    if episode.severity is not Severity.CRITICAL:
        return _put(turn, episode, timers)
    turn = _put(turn, episode, armed(timers, REACK, REACK_S))
    telling = Telling(kind=StepKind.UPDATE, reason=reason, targets=(episode.acked_by,), actor=episode.acked_by)
    return tell(turn, episode, scene, telling)


def started(turn: Turn, episode: Episode, track: Track, scene: Scene) -> Turn:
    """The first policy that a rule names, in an episode that had none: its first step at once."""
    ahead = following(track, episode.severity)
    if ahead is None:
        finished = msgspec.structs.replace(track, done=True)
        return _put(turn, msgspec.structs.replace(episode, track=finished), turn.state.timers)
    return _stepped(turn, msgspec.structs.replace(episode, track=ahead), scene, "the first policy of this episode")


def _stepped(turn: Turn, episode: Episode, scene: Scene, reason: str) -> Turn:
    """Tell the step that the track stands at."""
    track, known = episode.track, turn.state.episode
    if track is None:
        return turn
    first = known is None or known.track is None or known.track.step < 0
    telling = Telling(
        kind=StepKind.ESCALATE, ordinal=position(episode), reason=reason, policy=step_policy(track, whole=first)
    )
    told = tell(turn, episode, scene, telling)
    return _put(told, _episode(told.state, episode), armed(told.state.timers, ESCALATE, current(track).delay_s))


def _unhandled(turn: Turn, episode: Episode, track: Track, scene: Scene) -> Turn:
    finished = msgspec.structs.replace(episode, track=msgspec.structs.replace(track, done=True))
    turn = _put(turn, finished, without(turn.state.timers, ESCALATE))
    telling = Telling(kind=StepKind.UNHANDLED, reason="nobody acknowledged", policy=last_resort(track))
    return tell(turn, finished, scene, telling)


def _current_or_first(episode: Episode) -> Track | None:
    track = episode.track
    if track is None:
        return None
    if not track.done and track.step >= 0:
        return msgspec.structs.replace(track, held=False)
    anew = msgspec.structs.replace(track, loop=0, step=-1, done=False, held=False)
    return following(anew, episode.severity) or msgspec.structs.replace(anew, done=True)


def _wakened(episode: Episode) -> Track | None:
    """A track that had no step for the lower severity begins now."""
    track = episode.track
    if track is None or not track.done or track.step >= 0:
        return track
    waiting = msgspec.structs.replace(track, done=False)
    return waiting if following(waiting, episode.severity) else track


def _episode(state: State, otherwise: Episode) -> Episode:
    """As it stands after a step was told: with its counters."""
    return state.episode or otherwise


def _put(turn: Turn, episode: Episode, timers: tuple[Timer, ...]) -> Turn:
    state = msgspec.structs.replace(with_episode(turn.state, episode), timers=timers)
    return msgspec.structs.replace(turn, state=state)
