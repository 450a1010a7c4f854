"""Statuses: what each enters by, what it leaves by, boundaries at t-1, t, t+1 ms (alerting.md 2.2)."""

from typing import Any

import pytest

from schemas.commands import ResolveHow
from schemas.kinds import ChangeKind, Severity, Status
from stream_processors.recurrence.snapshot import shown_status
from tests.builders import AT
from tests.stream_processors.recurrence.issues import DAY, HOUR, MINUTE, Issues, kinds, only
from tests.stream_processors.recurrence.loud import LOUD, louder


def status(issues: Issues) -> Status:
    return issues.memory().hot.standing.status


def test_the_first_occurrence_opens_a_new_issue() -> None:
    issues = Issues()
    assert kinds(issues.happen()) == ["opened", "rule_met", "rule_met"]
    assert status(issues) is Status.NEW


@pytest.mark.parametrize(
    ("after_ms", "found"),
    [
        pytest.param(7 * DAY - 1, Status.NEW, id="new until 7 days after first seen"),
        pytest.param(7 * DAY, Status.ONGOING, id="ongoing from then on"),
        pytest.param(7 * DAY + 1, Status.ONGOING, id="and after"),
    ],
)
def test_new_ends_by_age(after_ms: int, found: Status) -> None:
    issues = Issues()
    issues.happen()
    shown = shown_status(issues.memory().hot, AT + after_ms)
    issues.happen(after_ms)
    assert (shown, status(issues)) == (found, found)


@pytest.mark.parametrize("kind", ["assign", "comment", "set_severity"])
def test_new_ends_by_the_first_human_act(kind: str) -> None:
    issues = Issues()
    issues.happen()
    issues.act(kind, to="person:ana", severity=Severity.LOW)
    assert status(issues) is Status.ONGOING


def test_a_machine_is_not_a_human() -> None:
    issues = Issues()
    issues.happen()
    issues.act("assign", to="person:ana", actor="service:notifier", why=("owns shop/*",))
    assert status(issues) is Status.NEW


@pytest.mark.parametrize(
    ("happened_ms", "found", "told"),
    [
        pytest.param(999, Status.RESOLVED, [], id="an occurrence from before is counted only"),
        pytest.param(1000, Status.RESOLVED, [], id="one of the same instant as well"),
        pytest.param(1001, Status.REGRESSED, ["regressed", "rule_met", "rule_met"], id="one from after reopens"),
    ],
)
def test_resolved_now(happened_ms: int, found: Status, told: list[str]) -> None:
    issues = Issues()
    issues.happen()
    issues.act("resolve", 1000)
    assert kinds(issues.happen(5000, occurred_at=AT + happened_ms)) == told
    assert status(issues) is found
    assert issues.memory().hot.counts.total == 2


def test_a_regression_tells_the_old_resolution_and_who_made_it() -> None:
    issues = Issues()
    issues.happen()
    issues.act("resolve", 1000, how=ResolveHow.NOW)
    change = only(issues.happen(2000), ChangeKind.REGRESSED)
    assert (change.before, change.reason, change.issue.regressions) == ("now by person:ana", "resolved_now", 1)
    assert change.cause.startswith("event:")


def test_a_regressed_issue_pages_at_once_although_its_rule_was_met_before() -> None:
    issues = Issues()
    issues.happen()
    issues.act("resolve", 1000)
    told = issues.happen(2000)
    assert [change.rule.id for change in told if change.rule] == ["rule:1:high", "rule:1:new"]


@pytest.mark.parametrize(
    ("after_ms", "found"),
    [
        pytest.param(2000 + 7 * DAY - 1, Status.REGRESSED, id="regressed until 7 days later"),
        pytest.param(2000 + 7 * DAY, Status.ONGOING, id="ongoing from then on"),
    ],
)
def test_regressed_ends_as_new_does(after_ms: int, found: Status) -> None:
    issues = Issues()
    issues.happen()
    issues.act("resolve", 1000)
    issues.happen(2000)
    issues.happen(after_ms)
    assert status(issues) is found


@pytest.mark.parametrize(
    ("wake", "quiet", "wakes"),
    [
        pytest.param({"until_at": AT + HOUR}, [HOUR - 1], HOUR, id="until T: not before T"),
        pytest.param({"count": 3}, [2000, 3000], 4000, id="three more: the third"),
        pytest.param(
            {"count": 2, "window_m": 5}, [2000, 6 * MINUTE + 2000], 6 * MINUTE + 3000, id="two in five minutes"
        ),
    ],
)
def test_snoozed(wake: dict[str, Any], quiet: list[int], wakes: int) -> None:
    issues = Issues()
    issues.happen()
    issues.act("snooze", 1000, **wake)
    for after_ms in quiet:
        assert kinds(issues.happen(after_ms)) == []
        assert status(issues) is Status.SNOOZED
    assert "woke" in kinds(issues.happen(wakes))
    assert status(issues) is Status.ONGOING


def test_snoozed_until_more_users() -> None:
    issues = Issues()
    issues.happen(user=f"{1:016x}")
    issues.act("snooze", 1000, users=2)
    assert kinds(issues.happen(2000, user=f"{1:016x}")) == []
    assert kinds(issues.happen(3000, user=f"{2:016x}")) == []
    assert "woke" in kinds(issues.happen(4000, user=f"{3:016x}"))


def test_occurrences_before_the_snooze_do_not_wake_it() -> None:
    issues = Issues()
    for number in range(9):
        issues.happen(number)
    issues.act("snooze", 1000, count=5, window_m=60)
    assert kinds(issues.happen(2000)) == ["milestone"]
    assert status(issues) is Status.SNOOZED


def test_woken_issues_alarm_again() -> None:
    issues = Issues()
    issues.happen()
    issues.act("snooze", 1000, count=1)
    told = issues.happen(2000)
    assert kinds(told) == ["rule_met", "rule_met", "woke"]
    assert only(told, ChangeKind.WOKE).before == "snoozed"


def test_an_ignored_issue_is_counted_and_no_rule_is_asked() -> None:
    issues = Issues()
    issues.happen()
    issues.act("ignore", 1000)
    assert kinds(issues.happen(2 * DAY)) == []
    assert (status(issues), issues.memory().hot.counts.total) == (Status.IGNORED, 2)


def test_a_loud_issue_escalates_and_calms_down() -> None:
    issues = Issues()
    told = louder(issues)
    assert kinds(told).count("spiking") == 1
    assert status(issues) is Status.ESCALATING
    hit_at = issues.memory().hot.hit_at
    assert "calmed" not in kinds(issues.happen(hit_at - AT + HOUR - 1))
    assert "calmed" in kinds(issues.happen(hit_at - AT + HOUR))
    assert status(issues) is Status.ONGOING


def test_what_was_ignored_until_it_escalates_wakes_by_being_loud() -> None:
    issues = Issues()
    told = louder(issues, lambda: issues.act("ignore", LOUD - 1, until="escalating"))
    assert [kind for kind in kinds(told) if kind in ("spiking", "woke")] == ["spiking", "woke"]
    assert status(issues) is Status.ESCALATING


def test_what_was_ignored_for_ever_sleeps_through_it() -> None:
    issues = Issues()
    told = louder(issues, lambda: issues.act("ignore", LOUD - 1, until="for_ever"))
    assert set(kinds(told)) <= {"milestone"}
    assert status(issues) is Status.IGNORED


@pytest.mark.parametrize(
    ("first_ms", "before", "spiking"),
    [
        pytest.param(DAY, 19, True, id="a day old, and seen twenty times"),
        pytest.param(DAY - 30 * MINUTE, 19, False, id="not a day old"),
        pytest.param(0, 0, False, id="just born"),
    ],
)
def test_a_young_issue_has_no_verdict(first_ms: int, before: int, spiking: bool) -> None:
    issues = Issues()
    for number in range(before):
        issues.happen(number, user="")
    told = []
    for minute in (1, 12):
        for number in range(60):
            told += issues.happen(first_ms + minute * MINUTE + number * 100, user="")
    assert ("spiking" in kinds(told)) is spiking


def test_one_user_who_tries_again_and_again_is_not_loud() -> None:
    issues = Issues()
    told = louder(issues, crowd=lambda number: f"{1:016x}")
    assert "spiking" not in kinds(told)


def test_nor_is_one_request_that_is_repeated() -> None:
    issues = Issues()
    for number in range(300):
        issues.happen(number * 10 * MINUTE, user="", trace_id=f"{number:032x}")
    told = []
    for minute in range(10):
        for number in range(40):
            told += issues.happen(3000 * MINUTE + minute * MINUTE + number * 1000, user="", trace_id=f"{minute:032x}")
    assert "spiking" not in kinds(told)


def test_where_nobody_is_named_every_occurrence_counts() -> None:
    issues = Issues()
    told = louder(issues, crowd=lambda number: "")
    assert kinds(told).count("spiking") == 1
