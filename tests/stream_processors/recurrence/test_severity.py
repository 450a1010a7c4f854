"""Severity: base rules first match, modifiers with their evidence and limits (alerting.md 3)."""

from typing import Any

import pytest

from schemas.kinds import ChangeKind, Level, Severity
from schemas.settings.project import SeasonSettings
from tests.builders import AT
from tests.stream_processors.recurrence.issues import DAY, HOUR, MINUTE, Issues, a_project, kinds, only, some_settings
from tests.stream_processors.recurrence.loud import louder

LISTED = a_project(critical_paths=("/pay", "shop/money/*", "tag.customer=acme"))


def a_user(number: int) -> str:
    return f"{number:016x}"


def grade(issues: Issues) -> tuple[Severity, tuple[str, ...]]:
    found = issues.memory().hot.grade
    return found.severity, found.why


@pytest.mark.parametrize(
    ("fields", "severity", "why"),
    [
        pytest.param({"environment": "staging", "crash": True}, Severity.LOW, "not a production", id="not production"),
        pytest.param({"environment": "PROD", "crash": True}, Severity.CRITICAL, "process crash", id="a crash"),
        pytest.param({"level": Level.FATAL, "handled": True}, Severity.CRITICAL, "fatal", id="fatal, even if handled"),
        pytest.param({"route": "POST /pay"}, Severity.CRITICAL, "unhandled in /pay", id="unhandled in a listed path"),
        pytest.param(
            {"place": "shop/money/a.py:4"}, Severity.CRITICAL, "shop/money/*", id="unhandled in a listed file"
        ),
        pytest.param(
            {"tags": {"customer": "acme"}}, Severity.CRITICAL, "tag.customer", id="unhandled for a listed tag"
        ),
        pytest.param({"route": "POST /pay", "handled": True}, Severity.MEDIUM, "handled error", id="handled there"),
        pytest.param({}, Severity.HIGH, "unhandled", id="unhandled elsewhere"),
        pytest.param({"handled": None}, Severity.HIGH, "unhandled", id="unknown counts as unhandled"),
        pytest.param({"handled": None, "level": Level.WARNING}, Severity.HIGH, "unhandled", id="also a warning"),
        pytest.param({"handled": None, "level": Level.INFO}, Severity.LOW, "info", id="but not a log line"),
        pytest.param(
            {"handled": True, "level": Level.WARNING}, Severity.MEDIUM, "handled warning", id="a handled warning"
        ),
        pytest.param({"handled": True, "level": Level.DEBUG}, Severity.LOW, "debug", id="debug"),
    ],
)
def test_base(fields: dict[str, Any], severity: Severity, why: str) -> None:
    issues = Issues(some_settings(project__1=LISTED))
    issues.happen(**({"route": "GET /", "tags": {}, "place": "shop/views.py:42"} | fields))
    found, reasons = grade(issues)
    assert found is severity
    assert why in reasons[0]


def test_an_issue_is_as_bad_as_its_worst_event() -> None:
    issues = Issues()
    issues.happen(environment="staging")
    assert kinds(issues.happen(1000, handled=True)) == ["milestone", "severity"]
    told = issues.happen(2000)
    assert only(told, ChangeKind.SEVERITY).before == "medium"
    assert kinds(issues.happen(3000, environment="staging")) == []
    assert grade(issues)[0] is Severity.HIGH


def test_a_crowd_lifts_and_holds_for_an_hour() -> None:
    issues = Issues()
    for number in range(9):
        issues.happen(number * 1000, user=a_user(number))
    assert grade(issues)[0] is Severity.HIGH
    told = issues.happen(9000, user=a_user(9))
    assert only(told, ChangeKind.SEVERITY).issue.severity is Severity.CRITICAL
    assert grade(issues)[1] == ("unhandled", "+1 impact: 10 users in 15 min >= 10")
    issues.happen(9000 + HOUR - 1, user=a_user(0))
    assert grade(issues)[0] is Severity.CRITICAL
    issues.happen(9000 + HOUR, user=a_user(0))
    assert grade(issues)[0] is Severity.HIGH


@pytest.mark.parametrize(
    ("users", "severity"),
    [
        pytest.param(29, Severity.HIGH, id="29 of 3,000 active users are no crowd"),
        pytest.param(30, Severity.CRITICAL, id="30 are 1 %"),
    ],
)
def test_a_crowd_is_a_share_where_the_total_is_known(users: int, severity: Severity) -> None:
    issues = Issues(some_settings(season__1=a_season(active_users=3000)))
    for number in range(users):
        issues.happen(number, user=a_user(number))
    assert grade(issues)[0] is severity


def a_season(**fields: Any) -> SeasonSettings:
    return SeasonSettings(**fields)


@pytest.mark.parametrize(
    ("total", "last_ms", "severity"),
    [
        pytest.param(5, 15 * MINUTE, Severity.MEDIUM, id="one user, five times in 15 minutes"),
        pytest.param(4, 15 * MINUTE, Severity.HIGH, id="four times are too few"),
        pytest.param(5, 15 * MINUTE - 1, Severity.HIGH, id="14:59.999 are too short"),
    ],
)
def test_one_user_only(total: int, last_ms: int, severity: Severity) -> None:
    issues = Issues()
    for number in range(total - 1):
        issues.happen(number)
    issues.happen(last_ms)
    assert grade(issues)[0] is severity


def test_somebody_without_a_name_may_be_another_one() -> None:
    issues = Issues()
    for number in range(9):
        issues.happen(number, user="" if number == 3 else a_user(1))
    issues.happen(HOUR, user=a_user(1))
    assert grade(issues)[0] is Severity.HIGH


def test_machines_only() -> None:
    issues = Issues()
    issues.happen(bot=True)
    assert grade(issues) == (Severity.MEDIUM, ("unhandled", "-1 machines only"))
    issues.happen(1000)
    assert grade(issues)[0] is Severity.HIGH


@pytest.mark.parametrize(
    ("after_ms", "severity"),
    [
        pytest.param(7 * DAY, Severity.HIGH, id="seven days are not more than seven"),
        pytest.param(7 * DAY + 1, Severity.MEDIUM, id="neglected after that"),
    ],
)
def test_neglected(after_ms: int, severity: Severity) -> None:
    issues = Issues()
    issues.happen()
    issues.happen(after_ms)
    assert grade(issues)[0] is severity


def test_what_somebody_looked_at_is_not_neglected() -> None:
    issues = Issues()
    issues.happen()
    issues.act("comment", DAY)
    issues.happen(7 * DAY + 1)
    assert grade(issues)[0] is Severity.HIGH


def test_a_critical_issue_is_never_neglected() -> None:
    issues = Issues()
    issues.happen(crash=True)
    issues.happen(30 * DAY, crash=True)
    assert grade(issues)[0] is Severity.CRITICAL


def test_what_was_critical_and_comes_back_is_lifted_but_not_to_critical_without_evidence() -> None:
    issues = Issues()
    issues.happen(crash=True)
    issues.act("resolve", 1000)
    issues.happen(2000, handled=True)
    assert grade(issues)[0] is Severity.HIGH
    issues.act("resolve", 3000)
    issues.happen(4000)
    severity, why = grade(issues)
    assert severity is Severity.HIGH
    assert why[-1] == "not critical without users, burn or crash"


@pytest.mark.parametrize(
    ("fields", "severity", "lifted"),
    [
        pytest.param({"handled": True}, Severity.HIGH, True, id="medium to high"),
        pytest.param({"handled": False}, Severity.HIGH, False, id="high stays high"),
    ],
)
def test_an_anomaly_lifts_to_high_at_most(fields: dict[str, Any], severity: Severity, lifted: bool) -> None:
    issues = Issues()
    louder(issues, crowd=lambda number: "", **fields)
    found, why = grade(issues)
    assert found is severity
    assert ("+1 anomaly: louder than usual" in why) is lifted


@pytest.mark.parametrize(
    ("evidence", "severity"),
    [
        pytest.param(("users 120 >= 100",), Severity.CRITICAL, id="with users as evidence, to critical"),
        pytest.param(("burn 15x",), Severity.CRITICAL, id="with a burnt budget as well"),
        pytest.param(("share 60 %",), Severity.HIGH, id="an anomaly alone is never critical"),
    ],
)
def test_the_pulse_names_a_contributor(evidence: tuple[str, ...], severity: Severity) -> None:
    issues = Issues()
    issues.happen()
    issues.act("impact", 1000, evidence=evidence, until_at=AT + HOUR, actor="job:pulses")
    assert grade(issues)[0] is severity
    issues.happen(HOUR + 1)
    assert grade(issues)[0] is Severity.HIGH


def test_a_person_pins_the_severity_until_taking_it_back() -> None:
    issues = Issues()
    issues.happen()
    told = only(issues.act("set_severity", 1000, severity=Severity.LOW), ChangeKind.SEVERITY)
    assert (told.before, told.issue.severity, told.issue.pinned_by) == ("high", Severity.LOW, "person:ana")
    issues.happen(2000, crash=True)
    assert grade(issues) == (Severity.LOW, ("set by person:ana",))
    issues.act("set_severity", 3000, severity=None)
    assert grade(issues)[0] is Severity.CRITICAL


def test_waking_from_a_snooze_is_no_regression() -> None:
    issues = Issues()
    issues.happen(crash=True)
    issues.act("snooze", 1000, count=1)
    issues.happen(2000, handled=True)
    assert grade(issues) == (Severity.CRITICAL, ("process crash",))
