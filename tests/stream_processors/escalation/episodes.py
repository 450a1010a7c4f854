"""Episodes for the tests of escalation: changes, commands, ticks and markers of one issue, in seconds from AT."""

from typing import Any

from domain.snapshot import Snapshot
from schemas.alert_step import AlertStep
from schemas.commands import CommandResult, EpisodeCommandKind
from schemas.kinds import AlertState, ChangeKind, Severity
from schemas.marks import Marker, Tick
from schemas.record import Record
from schemas.settings.alerting import Policy, PolicyStep
from schemas.settings.people import TeamSettings
from schemas.settings.project import ProjectSettings
from stream_processors.escalation.decide import STAGE
from stream_processors.escalation.state import Episode, State, decoded, key
from tests.builders import AT, ISSUE_ID, a_change, a_rule_met, a_snapshot, an_episode_command, numbered
from tests.stream_processors.table import Table

PAY = Policy(
    name="pay",
    steps=(PolicyStep(targets=("on_call",), delay_s=300), PolicyStep(targets=("role:admin",), delay_s=600)),
    repeat=1,
)
OTHER = Policy(name="other", steps=(PolicyStep(targets=("team:ops",)),))
CAREFUL = Policy(
    name="careful",
    steps=(PolicyStep(targets=("person:late",), severity=Severity.CRITICAL), PolicyStep(targets=("on_call",))),
)
ONLY_CRITICAL = Policy(
    name="critical only", steps=(PolicyStep(targets=("on_call",), severity=Severity.CRITICAL, delay_s=60),)
)
SETTINGS = Snapshot.of(
    {
        "project:1": ProjectSettings(slug="shop", name="Shop", default_policy="policy:pay", team="shop"),
        "project:2": ProjectSettings(slug="bare", name="Bare", team="shop"),
        "project:3": ProjectSettings(slug="none", name="None"),
        "team:shop": TeamSettings(name="Shop", policy="other"),
        "policy:pay": PAY,
        "policy:other": OTHER,
        "policy:careful": CAREFUL,
        "policy:critical": ONLY_CRITICAL,
    }
)
QUIET_S = 900  # of an issue with a short expected gap


class Episodes:
    """One issue in one partition of escalation."""

    def __init__(self, settings: Snapshot = SETTINGS) -> None:
        self.table = Table(STAGE, settings)
        self.changes = 0
        self.commands = 0

    def change(self, kind: str, at_s: float, severity: Severity = Severity.HIGH, **fields: Any) -> Record:
        self.changes += 1
        at = AT + round(at_s * 1000)
        shown = {"severity": severity, "gap_s": 60} | fields.pop("shown", {})
        usual: dict[str, Any] = {
            "change_id": numbered(self.changes),
            "kind": ChangeKind(kind),
            "at": at,
            "source": (7, 3, self.changes, 0),
            "issue": a_snapshot(**shown),
        }
        return a_change(**(usual | fields))

    def hear(self, kind: str, at_s: float, severity: Severity = Severity.HIGH, **fields: Any) -> list[AlertStep]:
        return steps(self.table.send(self.change(kind, at_s, severity, **fields)))

    def rule(
        self, at_s: float, policy: str = "default", severity: Severity = Severity.HIGH, **fields: Any
    ) -> list[AlertStep]:
        rule = a_rule_met(id=f"rule:1:{policy}", policy=policy)
        return self.hear("rule_met", at_s, severity, rule=rule, **fields)

    def raised(self, at_s: float, to: Severity, before: Severity = Severity.HIGH, **fields: Any) -> list[AlertStep]:
        return self.hear("severity", at_s, to, before=str(before), **fields)

    def command(self, kind: str, at_s: float, **fields: Any) -> Record:
        self.commands += 1
        usual = {"command_id": f"c-{self.commands}", "at": AT + round(at_s * 1000)}
        return an_episode_command(EpisodeCommandKind(kind), **(usual | fields))

    def act(self, kind: str, at_s: float, **fields: Any) -> list[Record]:
        return self.table.send(self.command(kind, at_s, **fields))

    def tick(self, at_s: float) -> list[AlertStep]:
        return steps(self.table.send(Tick(at=AT + round(at_s * 1000), partition=0), "ticks"))

    def mark(self, at_s: float) -> list[AlertStep]:
        return steps(self.table.send(Marker(at=AT + round(at_s * 1000), origin="recurrence", partition=0)))

    def state(self, issue_id: str = ISSUE_ID) -> State:
        return decoded(self.table.values[key(issue_id)])

    def episode(self) -> Episode:
        found = self.state().episode
        assert found is not None
        return found

    def is_(self, state: AlertState) -> bool:
        return self.episode().state is state

    def timers(self) -> dict[str, float | None]:
        """Seconds from AT by name; None while a timer waits for its tick."""
        return {one.name: None if one.due_at is None else (one.due_at - AT) / 1000 for one in self.state().timers}


def fired(at_s: float = 0, policy: str = "default", severity: Severity = Severity.HIGH) -> Episodes:
    """An episode that fires, with its timers made instants by the tick of the same second."""
    episodes = Episodes()
    episodes.rule(at_s, policy, severity)
    episodes.tick(at_s)
    return episodes


def acked(at_s: float = 10, policy: str = "default", severity: Severity = Severity.HIGH) -> Episodes:
    episodes = fired(0, policy, severity)
    episodes.act("acknowledge", at_s)
    episodes.tick(at_s)
    return episodes


def steps(told: list[Record]) -> list[AlertStep]:
    return [one for one in told if isinstance(one, AlertStep)]


def kinds(told: list[Any]) -> list[str]:
    return [str(step.kind) for step in steps(told)]


def places(told: list[Any]) -> list[tuple[str, str]]:
    """Kind and ordinal."""
    return [(str(step.kind), step.ordinal) for step in steps(told)]


def targets(step: AlertStep) -> tuple[str, ...]:
    return step.policy.targets if step.policy else step.targets


def result(told: list[Record]) -> CommandResult:
    (found,) = [one for one in told if isinstance(one, CommandResult)]
    return found
