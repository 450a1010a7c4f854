"""What a change of its issue does to an episode (alerting.md 6.2). Kinds not listed change nothing."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from domain.ids import digest
from schemas.alert_step import StepPolicy
from schemas.issue_changed import IssueChanged
from schemas.kinds import SEVERITY_NUMBER, AlertState, ChangeKind, Severity, StepKind
from stream_processors.escalation.moving import rose, shifted, started
from stream_processors.escalation.opening import QUIET, closed, forgone, may_return, opened, returned, with_rule
from stream_processors.escalation.policies import first_targets, track_of
from stream_processors.escalation.state import Episode, State, Track, open_episode, with_episode
from stream_processors.escalation.timers import with_stale
from stream_processors.escalation.turn import Scene, Telling, Turn, tell

Hear: TypeAlias = Callable[[Turn, Episode, IssueChanged, Scene], Turn]

ENDS: Final = frozenset({ChangeKind.RESOLVED, ChangeKind.IGNORED, ChangeKind.SNOOZED, ChangeKind.MERGED})
NOTICES: Final = frozenset({ChangeKind.ASSIGNED, ChangeKind.COMMENTED})


def heard(state: State, change: IssueChanged, scene: Scene) -> Turn:
    """The state after the change. The same state when it does not matter."""
    turn = _noticed(Turn(state), change, scene)
    if open_episode(turn.state) is None:
        turn = _woken(turn, change, scene)
    episode = open_episode(turn.state)
    if episode is None:
        return turn
    shown = msgspec.structs.replace(turn.state, brief=change.issue)
    turn = msgspec.structs.replace(turn, state=shown)
    hear = HEARS.get(change.kind)
    return hear(turn, episode, change, scene) if hear else turn


def _woken(turn: Turn, change: IssueChanged, scene: Scene) -> Turn:
    """Idle: a rule opens an episode; within 30 minutes of a quiet end, any sign of life brings it back."""
    if change.kind in ENDS:
        return forgone(turn, scene, _ending(change))
    alive = change.kind in (ChangeKind.RULE_MET, ChangeKind.ACTIVE) or _raised(change)
    if alive and may_return(turn.state, change.at):
        return returned(turn, scene)
    if change.kind is ChangeKind.RULE_MET and change.rule is not None:
        turn = forgone(turn, scene, QUIET)
        new = opened(turn.state, change, change.rule, scene)
        return msgspec.structs.replace(new, steps=(*turn.steps, *new.steps))
    return turn


def _raised(change: IssueChanged) -> bool:
    if change.kind is not ChangeKind.SEVERITY or not change.before:
        return False
    return SEVERITY_NUMBER[change.issue.severity] > SEVERITY_NUMBER[Severity(change.before)]


def _active(turn: Turn, episode: Episode, change: IssueChanged, scene: Scene) -> Turn:
    """Quiet begins anew, acked or not: it is measured from the last sign of life."""
    state = with_stale(turn.state, change.at, change.issue.gap_s)
    return _severed(msgspec.structs.replace(turn, state=state), change, scene)


def _rule_met(turn: Turn, episode: Episode, change: IssueChanged, scene: Scene) -> Turn:
    rule = change.rule
    if rule is None:
        return turn
    turn = _active(turn, episode, change, scene)
    episode = with_rule(turn.state.episode or episode, rule)
    turn = msgspec.structs.replace(turn, state=with_episode(turn.state, episode))
    track = track_of(rule, turn.state.project_id, scene.settings)
    if track is None or (episode.track and episode.track.policy_id == track.policy_id):
        return turn
    return _another_policy(turn, episode, track, scene, change_id=change.change_id)


def _another_policy(turn: Turn, episode: Episode, track: Track, scene: Scene, *, change_id: str) -> Turn:
    """One track per episode: the first that a rule names. Of another policy the first step is told, once."""
    if episode.track is None and episode.state is AlertState.FIRING:
        return started(turn, episode, track, scene)
    if track.policy_id in episode.told:
        return turn
    told = (*episode.told, track.policy_id)
    episode = msgspec.structs.replace(episode, told=told, track=episode.track or track)
    targets = first_targets(track, episode.severity)
    telling = Telling(
        kind=StepKind.TOLD,
        ordinal=change_id,
        reason=f"another rule names {track.policy_id}",
        policy=StepPolicy(id=track.policy_id, version=track.version, targets=targets),
    )
    return tell(turn, episode, scene, telling)


def _severity(turn: Turn, episode: Episode, change: IssueChanged, scene: Scene) -> Turn:
    return _severed(turn, change, scene)


def _severed(turn: Turn, change: IssueChanged, scene: Scene) -> Turn:
    """Severity only rises within an episode, unless a person set it."""
    episode = open_episode(turn.state)
    if episode is None:
        return turn
    now = change.issue.severity
    if not change.issue.pinned_by and SEVERITY_NUMBER[now] <= SEVERITY_NUMBER[episode.severity]:
        return turn
    if now is episode.severity:
        return turn
    above = SEVERITY_NUMBER[now] > SEVERITY_NUMBER[episode.highest]
    after = msgspec.structs.replace(episode, severity=now, highest=now if above else episode.highest)
    turn = msgspec.structs.replace(turn, state=with_episode(turn.state, after))
    reason = f"severity {episode.severity} -> {now}"
    if episode.state is AlertState.ACKED:
        return shifted(turn, after, scene, reason)
    return rose(turn, after, scene, reason) if above else turn


def _ended(turn: Turn, episode: Episode, change: IssueChanged, scene: Scene) -> Turn:
    return closed(turn, scene, _ending(change))


def _ending(change: IssueChanged) -> str:
    return f"{change.kind} by {change.actor}" if change.actor else str(change.kind)


def _noticed(turn: Turn, change: IssueChanged, scene: Scene) -> Turn:
    """Those named are told, in any state; nobody is told of what they did themselves."""
    if change.kind not in NOTICES:
        return turn
    named = (change.issue.assignee,) if change.kind is ChangeKind.ASSIGNED else change.mentions
    targets = tuple(target for target in named if target and target != change.actor)
    if not targets:
        return turn
    episode = turn.state.episode or _nominal(change)
    telling = Telling(
        kind=StepKind.TOLD,
        ordinal=change.change_id,
        reason=change.reason or str(change.kind),
        targets=targets,
        actor=change.actor,
    )
    told = tell(turn, episode, scene, telling)
    return msgspec.structs.replace(turn, steps=told.steps)


def _nominal(change: IssueChanged) -> Episode:
    """Stands for the episode that an issue never had; it is not remembered."""
    severity = change.issue.severity
    id_ = digest("episode", change.issue_id, "none")
    return Episode(id=id_, number=0, state=AlertState.IDLE, severity=severity, highest=severity)


HEARS: Final[Mapping[ChangeKind, Hear]] = {
    ChangeKind.ACTIVE: _active,
    ChangeKind.RULE_MET: _rule_met,
    ChangeKind.SEVERITY: _severity,
    **dict.fromkeys(ENDS, _ended),
}
