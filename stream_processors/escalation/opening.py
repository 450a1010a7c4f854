"""How an episode begins, ends, and comes back (alerting.md 6.2)."""

from typing import Final

import msgspec

from domain.ids import episode_id
from schemas.issue_changed import IssueChanged, RuleMet
from schemas.kinds import AlertState, Severity, StepKind
from stream_processors.escalation.edges import edged, is_flapping
from stream_processors.escalation.policies import current, following, track_of
from stream_processors.escalation.state import Episode, State, Track, open_episode, with_episode
from stream_processors.escalation.timers import (
    ESCALATE,
    LONG_S,
    REPEAT,
    REPEAT_S,
    STALE,
    armed,
    remaining,
    with_stale,
    without,
)
from stream_processors.escalation.turn import Scene, Telling, Turn, step_policy, tell

BACK_MS: Final = 30 * 60_000
QUIET: Final = "quiet"
MOST_RULES: Final = 10  # shown with an episode
TRACED: Final = 2  # of them with their traces, besides the newest
TRACE: Final = 12  # checks of one trace


def opened(state: State, change: IssueChanged, rule: RuleMet, scene: Scene) -> Turn:
    """A new episode. The step that opens it is the first of its policy, which it carries whole."""
    number, severity = state.number + 1, change.issue.severity
    found = track_of(rule, state.project_id, scene.settings)
    episode = Episode(
        id=episode_id(change.issue_id, change.change_id),
        number=number,
        state=AlertState.FIRING,
        severity=severity,
        highest=severity,
        track=begun(found, severity) if found else None,
        rules=(with_short_trace(rule),),
    )
    state = msgspec.structs.replace(state, number=number, timers=(), brief=change.issue)
    state = with_firing_timers(with_episode(state, episode), scene)
    first = episode.track if episode.track and episode.track.step >= 0 else None
    policy = step_policy(first, whole=True) if first else None
    telling = Telling(kind=StepKind.OPEN, ordinal="0", reason=f"rule_met {rule.id}: {change.reason}", policy=policy)
    return edged(tell(Turn(state), episode, scene, telling), scene)


def begun(track: Track, severity: Severity) -> Track:
    """At its first step. One that has no step for this severity waits until it rises."""
    return following(track, severity) or msgspec.structs.replace(track, done=True)


def with_firing_timers(state: State, scene: Scene) -> State:
    """`escalate` while the track goes on, `repeat`, and `stale`."""
    episode = open_episode(state)
    if episode is None:
        return state
    timers = armed(without(state.timers, ESCALATE), REPEAT, REPEAT_S.get(episode.severity, LONG_S))
    if episode.track and not episode.track.done:
        timers = armed(timers, ESCALATE, current(episode.track).delay_s)
    state = msgspec.structs.replace(state, timers=timers)
    return with_stale(state, scene.at, scene.brief.gap_s)


def closed(turn: Turn, scene: Scene, reason: str) -> Turn:
    """The end of the episode. One closed by quiet may return, and keeps what it needs for that."""
    episode, quiet = open_episode(turn.state), reason == QUIET
    if episode is None:
        return turn
    over = msgspec.structs.replace(
        episode,
        state=AlertState.CLOSED,
        was=episode.state,
        paused=remaining(turn.state.timers, scene.at) if quiet else (),
        closed_at=scene.at,
        quiet=quiet,
    )
    state = msgspec.structs.replace(with_episode(turn.state, over), timers=())
    turn = msgspec.structs.replace(turn, state=state)
    if quiet:
        turn = edged(turn, scene)
        return _silenced(turn) if is_flapping(turn.state, scene.at) else ended(turn, scene, reason)
    return slimmed(edged(ended(turn, scene, reason), scene))


def ended(turn: Turn, scene: Scene, reason: str) -> Turn:
    """The end is told."""
    episode = turn.state.episode
    if episode is None:
        return turn
    told = msgspec.structs.replace(episode, untold=False)
    return tell(turn, told, scene, Telling(kind=StepKind.CLOSED, reason=reason))


def _silenced(turn: Turn) -> Turn:
    """It flaps: its end is told when that is over, if it did not come back."""
    episode = turn.state.episode
    if episode is None:
        return turn
    silent = msgspec.structs.replace(episode, untold=True)
    return msgspec.structs.replace(turn, state=with_episode(turn.state, silent))


def may_return(state: State, at: int) -> bool:
    """Closed by quiet at most 30 minutes ago."""
    episode = state.episode
    return episode is not None and episode.quiet and at - episode.closed_at <= BACK_MS


def returned(turn: Turn, scene: Scene) -> Turn:
    """The same episode as it was, firing or acked: a note in its thread, no page."""
    episode = turn.state.episode
    if episode is None:
        return turn
    back = msgspec.structs.replace(episode, state=episode.was, paused=(), quiet=False, untold=False, closed_at=0)
    state = msgspec.structs.replace(with_episode(turn.state, back), timers=without(episode.paused, STALE))
    state = with_stale(state, scene.at, scene.brief.gap_s)
    turn = msgspec.structs.replace(turn, state=state)
    if not episode.untold:
        turn = tell(turn, back, scene, Telling(kind=StepKind.REOPENED, reason="active again"))
    return edged(turn, scene)


def with_rule(episode: Episode, rule: RuleMet) -> Episode:
    """The rules of an episode, each once; only the newest ones keep their traces."""
    others = tuple(known for known in episode.rules if known.id != rule.id)
    bare = tuple(RuleMet(id=known.id, version=known.version, policy=known.policy) for known in others[:-TRACED])
    rules = (*bare, *others[-TRACED:], with_short_trace(rule))
    return msgspec.structs.replace(episode, rules=rules[-MOST_RULES:])


def with_short_trace(rule: RuleMet) -> RuleMet:
    return msgspec.structs.replace(rule, trace=rule.trace[:TRACE]) if len(rule.trace) > TRACE else rule


def forgone(turn: Turn, scene: Scene, reason: str) -> Turn:
    """A person, or a new episode, ends for good what had fallen quiet; also for those who were not told yet."""
    episode = turn.state.episode
    if episode is None or not episode.quiet:
        return turn
    turn = ended(turn, scene, reason) if episode.untold else turn
    over = msgspec.structs.replace(turn.state.episode or episode, quiet=False)
    return slimmed(msgspec.structs.replace(turn, state=with_episode(turn.state, over)))


def slimmed(turn: Turn) -> Turn:
    """What ended for good keeps its number and edges only; a quiet one waits for its return."""
    episode = turn.state.episode
    if episode is None or episode.state is not AlertState.CLOSED or episode.quiet:
        return turn
    bare = msgspec.structs.replace(episode, track=None, rules=(), told=(), paused=())
    state = msgspec.structs.replace(turn.state, episode=bare, brief=None, last=None)
    return msgspec.structs.replace(turn, state=state)
