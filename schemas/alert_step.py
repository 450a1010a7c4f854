"""AlertStep v1: one thing the notifier has to tell, complete without any database."""

from schemas.issue_changed import IssueSnapshot, RuleMet
from schemas.kinds import Severity, StepKind
from schemas.record import Hex32, Instant, Part, ProjectId, Record
from schemas.settings.alerting import Policy


class StepPolicy(Part, frozen=True, kw_only=True):
    """The policy an episode follows: what this step names; the first step carries all of it."""

    id: str
    version: int = 0
    targets: tuple[str, ...] = ()
    delay_s: int = 0  # the wait after this step
    whole: Policy | None = None


class Stamps(Part, frozen=True, kw_only=True):
    """When the cause passed which point; ms UTC."""

    occurred_at: Instant = 0
    received_at: Instant = 0
    changed_at: Instant = 0


class AlertStep(Record, frozen=True, kw_only=True, tag="alert_step.v1"):
    """`step_id` = `<episode_id>:<kind>:<ordinal>`; `position` = round.loop.step."""

    step_id: str
    episode_id: Hex32
    number: int
    issue_id: Hex32
    project_id: ProjectId
    kind: StepKind
    ordinal: str
    position: str
    at: Instant
    seq: int
    severity: Severity
    reason: str
    brief: IssueSnapshot
    policy: StepPolicy | None = None
    targets: tuple[str, ...] = ()  # whom this step names beside the policy (told: person:<id>)
    labels: dict[str, str] = {}
    rules: tuple[RuleMet, ...] = ()
    actor: str = ""
    stamps: Stamps = Stamps()
