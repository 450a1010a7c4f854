"""One input applied to a state: the state so far, and the steps told so far."""

import msgspec

from domain.ids import step_id
from domain.snapshot import Snapshot
from schemas.alert_step import AlertStep, Stamps, StepPolicy
from schemas.issue_changed import IssueSnapshot
from schemas.kinds import StepKind
from stream_processors.escalation.policies import current
from stream_processors.escalation.state import Episode, State, Track, position, with_episode


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What an input happens in. `at` is the instant it speaks of; the brief shows the issue as it then was."""

    issue_id: str
    at: int
    settings: Snapshot
    brief: IssueSnapshot
    stamps: Stamps = Stamps()


class Turn(msgspec.Struct, frozen=True):
    """`refused`: why a command changed nothing."""

    state: State
    steps: tuple[AlertStep, ...] = ()
    refused: str = ""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a step says besides what all of an episode's steps say."""

    kind: StepKind
    reason: str
    ordinal: str = ""  # empty: the next number of its kind
    policy: StepPolicy | None = None
    targets: tuple[str, ...] = ()
    actor: str = ""


def tell(turn: Turn, episode: Episode, scene: Scene, telling: Telling) -> Turn:
    """`episode` is told about and put into the state, with its counters moved on."""
    ordinal, counters = telling.ordinal, episode.counters
    if not ordinal:
        number = counters.get(telling.kind, 0) + 1
        ordinal, counters = str(number), {**counters, telling.kind.value: number}
    step = AlertStep(
        step_id=step_id(episode.id, telling.kind, ordinal),
        episode_id=episode.id,
        number=episode.number,
        issue_id=scene.issue_id,
        project_id=turn.state.project_id,
        kind=telling.kind,
        ordinal=ordinal,
        position=position(episode),
        at=scene.at,
        seq=turn.state.seq + 1,
        severity=episode.severity,
        reason=telling.reason,
        brief=scene.brief,
        policy=telling.policy,
        targets=telling.targets,
        rules=episode.rules,
        actor=telling.actor,
        stamps=scene.stamps,
    )
    state = with_episode(turn.state, msgspec.structs.replace(episode, counters=counters))
    return Turn(msgspec.structs.replace(state, last=step), (*turn.steps, step))


def step_policy(track: Track, whole: bool = False) -> StepPolicy:
    """What the track's current step names. The first one told carries the whole policy."""
    step = current(track)
    return StepPolicy(
        id=track.policy_id,
        version=track.version,
        targets=step.targets,
        delay_s=step.delay_s,
        whole=track.policy if whole else None,
    )


def last_resort(track: Track) -> StepPolicy:
    return StepPolicy(id=track.policy_id, version=track.version, targets=track.policy.then)
