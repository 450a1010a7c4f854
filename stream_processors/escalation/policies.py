"""Which policy a rule means, and the way through its steps (alerting.md 9)."""

import msgspec

from domain.snapshot import Snapshot
from schemas.issue_changed import RuleMet
from schemas.kinds import SEVERITY_NUMBER, Severity
from schemas.settings.alerting import Policy, PolicyStep
from schemas.settings.people import TeamSettings
from schemas.settings.project import ProjectSettings
from stream_processors.escalation.state import Track

NONE, DEFAULT = "none", "default"
PREFIX = "policy:"


def track_of(rule: RuleMet, project_id: int, settings: Snapshot) -> Track | None:
    """The policy that a rule names, not started; None when it names none, or one that is gone."""
    policy_id = _policy_id(rule.policy, project_id, settings)
    policy = settings.get(policy_id, Policy)
    if policy is None or not policy.steps:
        return None
    return Track(policy_id, settings.versions.get(policy_id, 0), policy)


def following(track: Track, severity: Severity) -> Track | None:
    """The track at its next step, after the last in the next loop. None: no more. Skips steps above `severity`."""
    steps, last = len(track.policy.steps), track.loop * len(track.policy.steps) + track.step
    for number in range(last + 1, steps * (track.policy.repeat + 1)):
        loop, step = divmod(number, steps)
        if _meant_for(track.policy.steps[step], severity):
            return msgspec.structs.replace(track, loop=loop, step=step, held=False)
    return None


def current(track: Track) -> PolicyStep:
    return track.policy.steps[max(track.step, 0)]


def first_targets(track: Track, severity: Severity) -> tuple[str, ...]:
    """Whom the policy would tell first."""
    first = following(track, severity)
    return current(first).targets if first else ()


def _policy_id(named: str, project_id: int, settings: Snapshot) -> str:
    if named in (NONE, ""):
        return ""
    if named == DEFAULT:
        named = _default(project_id, settings)
    return named if named.startswith(PREFIX) else PREFIX + named


def _default(project_id: int, settings: Snapshot) -> str:
    """The project's own, else that of the team that owns it, else none."""
    project = settings.get(f"project:{project_id}", ProjectSettings)
    if project is None:
        return ""
    if project.default_policy:
        return project.default_policy
    team = settings.get(f"team:{project.team.removeprefix('team:')}", TeamSettings)
    return team.policy if team else ""


def _meant_for(step: PolicyStep, severity: Severity) -> bool:
    return step.severity is None or SEVERITY_NUMBER[severity] >= SEVERITY_NUMBER[step.severity]
