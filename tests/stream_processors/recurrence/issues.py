"""Issues for the tests of recurrence: a project with default rules, and its occurrences one after the other."""

from typing import Any

from domain.snapshot import Snapshot
from schemas.commands import CommandResult, IssueCommand, IssueCommandKind
from schemas.issue_changed import IssueChanged
from schemas.kinds import ChangeKind, Severity
from schemas.occurrence import Occurrence
from schemas.record import Record
from schemas.settings.alerting import RuleCondition, RuleSettings
from schemas.settings.project import ProjectSettings
from stream_processors.recurrence.decide import STAGE
from stream_processors.recurrence.memory import Memory, cold_key, cold_of, hot_key, hot_of
from tests.builders import AT, ISSUE_ID, an_issue_command, an_occurrence, numbered
from tests.stream_processors.table import Table

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NEW = RuleSettings(
    name="new or back",
    conditions=tuple(RuleCondition(kind=kind) for kind in ("new", "regressed", "woke")),
    policy="none",
    severity_floor=Severity.MEDIUM,
)
HIGH = RuleSettings(name="high", conditions=(RuleCondition(kind="severity", severity=Severity.HIGH),))


def a_project(**fields: Any) -> ProjectSettings:
    return ProjectSettings(**({"slug": "shop", "name": "Shop"} | fields))


def some_settings(**more: Any) -> Snapshot:
    """Keys with `__` for the colon of a setting id."""
    usual = {"project:1": a_project(), "rule:1:new": NEW, "rule:1:high": HIGH}
    return Snapshot.of(usual | {name.replace("__", ":"): value for name, value in more.items()})


class Issues:
    """One partition of recurrence. Occurrences get ids and root positions of their own, in order."""

    def __init__(self, settings: Snapshot | None = None) -> None:
        self.table = Table(STAGE, some_settings() if settings is None else settings)
        self.events = 0

    def occurrence(self, after_ms: int = 0, **fields: Any) -> Occurrence:
        self.events += 1
        at = AT + after_ms
        usual: dict[str, Any] = {
            "event_id": numbered(self.events),
            "source": (7, 3, self.events, 0),
            "received_at": at,
            "occurred_at": at,
        }
        return an_occurrence(**(usual | fields))

    def happen(self, after_ms: int = 0, **fields: Any) -> list[IssueChanged]:
        return changes(self.table.send(self.occurrence(after_ms, **fields)))

    def command(self, kind: str, after_ms: int = 0, **fields: Any) -> IssueCommand:
        usual = {"command_id": f"{kind}-{self.table.offsets.get('issue-events', 0)}", "at": AT + after_ms}
        return an_issue_command(IssueCommandKind(kind), **(usual | fields))

    def act(self, kind: str, after_ms: int = 0, **fields: Any) -> list[Record]:
        return self.table.send(self.command(kind, after_ms, **fields))

    def memory(self, issue_id: str = ISSUE_ID) -> Memory:
        values = self.table.values
        return Memory(hot_of(values[hot_key(issue_id)]), cold_of(values.get(cold_key(issue_id))))


def changes(told: list[Record]) -> list[IssueChanged]:
    return [one for one in told if isinstance(one, IssueChanged)]


def kinds(told: list[Any]) -> list[str]:
    return [str(change.kind) for change in changes(told)]


def result(told: list[Record]) -> CommandResult:
    (found,) = [one for one in told if isinstance(one, CommandResult)]
    return found


def only(told: list[Any], kind: ChangeKind) -> IssueChanged:
    (found,) = [change for change in changes(told) if change.kind is kind]
    return found
