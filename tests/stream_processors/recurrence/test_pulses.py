"""Pulses: a project's totals folded by the same code; only an anomaly, or silence, is told (alerting.md 4.4)."""

from schemas.issue_changed import IssueChanged
from schemas.kinds import ChangeKind, Severity, Status
from schemas.settings.alerting import RuleCondition, RuleSettings
from stream_processors.recurrence.pulses import pulse_id
from tests.builders import AT
from tests.stream_processors.recurrence.issues import MINUTE, Issues, changes, kinds, only, some_settings

PULSE = pulse_id(1, "production")
LOUD = RuleSettings(name="loud", scope="pulse", conditions=(RuleCondition(kind="anomaly", verdict="E"),))
SILENT = RuleSettings(name="silent", scope="pulse", conditions=(RuleCondition(kind="absent", window_m=30),))


def a_project_with_a_pulse() -> Issues:
    return Issues(some_settings(rule__1__loud=LOUD, rule__1__silent=SILENT))


def beat(issues: Issues, minute: int, n: int, users: int = 0) -> list[IssueChanged]:
    at = minute * MINUTE
    told = issues.act(
        "observe",
        at,
        command_id=f"o-{minute}",
        issue_id=PULSE,
        minute_at=AT + at,
        count=n,
        users=users,
        value="production",
        actor="job:pulses",
    )
    return changes(told)


def test_a_steady_pulse_tells_nothing() -> None:
    issues = a_project_with_a_pulse()
    told = [change for minute in range(3000) for change in beat(issues, minute, 10 + minute % 3)]
    assert told == []
    hot = issues.memory(PULSE).hot
    assert (hot.counts.total, hot.pulse, hot.grade.severity) == (33_000, True, Severity.LOW)


def test_a_pulse_that_doubles_twice_pages() -> None:
    issues = a_project_with_a_pulse()
    for minute in range(3000):
        beat(issues, minute, 10 + minute % 3)
    told = [change for minute in range(3000, 3010) for change in beat(issues, minute, 80)]
    first = kinds(told).index("spiking")
    assert kinds(told)[first : first + 3] == ["spiking", "rule_met", "severity"]
    met = next(change for change in told if change.rule)
    assert (met.rule and met.rule.id, met.issue.severity, met.issue.status) == (
        "rule:1:loud",
        Severity.HIGH,
        Status.ESCALATING,
    )
    told = [change for minute in range(3010, 3100) for change in beat(issues, minute, 10)]
    assert only(told, ChangeKind.CALMED).issue.severity is Severity.LOW


def test_silence_is_an_alarm_of_its_own() -> None:
    issues = a_project_with_a_pulse()
    told = [change for minute in range(60) for change in beat(issues, minute, 5)]
    told += [change for minute in range(60, 95) for change in beat(issues, minute, 0)]
    (met,) = [change for change in told if change.rule]
    assert (met.rule and met.rule.id, met.at) == ("rule:1:silent", AT + 89 * MINUTE)


def test_a_minute_observed_twice_is_one() -> None:
    issues = a_project_with_a_pulse()
    beat(issues, 0, 5)
    beat(issues, 0, 5)
    assert issues.memory(PULSE).hot.counts.total == 5


def test_a_pulse_shows_what_it_stands_for() -> None:
    issues = a_project_with_a_pulse()
    beat(issues, 0, 5, users=3)
    face = issues.memory(PULSE).hot.face
    assert (face.type, face.title, face.environment) == ("pulse", "All errors of production", "production")
