"""Alert rules: which are met, when they re-arm, what their trace says (alerting.md 5)."""

from typing import Any

import pytest

from schemas.issue_changed import IssueChanged
from schemas.kinds import Severity
from schemas.settings.alerting import RuleCondition, RuleFilter, RuleSettings
from stream_processors.recurrence.projects import Book
from stream_processors.recurrence.reasons import answers
from tests.stream_processors.recurrence.issues import HOUR, MINUTE, Issues, kinds, some_settings

BURST = RuleSettings(name="burst", conditions=(RuleCondition(kind="count", n=3, window_m=5),))


def with_rule(**fields: Any) -> Issues:
    rule: dict[str, Any] = {"name": "one", "conditions": BURST.conditions} | fields
    return Issues(some_settings(rule__1__one=RuleSettings(**rule), rule__1__new=SILENT, rule__1__high=SILENT))


SILENT = RuleSettings(name="off", conditions=(), active=False)


def met(told: list[IssueChanged]) -> list[str]:
    return [change.rule.id for change in told if change.rule]


@pytest.mark.parametrize(
    ("after_ms", "told"),
    [
        pytest.param([0, MINUTE], 0, id="two are not three"),
        pytest.param([0, MINUTE, 2 * MINUTE], 1, id="three are"),
        pytest.param([0, MINUTE, 2 * MINUTE, 3 * MINUTE], 1, id="told once"),
        pytest.param([0, MINUTE, 5 * MINUTE - 1], 1, id="4:59.999 is within five minutes"),
        pytest.param([0, MINUTE, 5 * MINUTE], 0, id="the start of the window is outside it"),
        pytest.param([0, 1, 2, 10 * MINUTE, 10 * MINUTE + 1, 10 * MINUTE + 2], 2, id="false in between: met again"),
        pytest.param([2 * MINUTE, 0, MINUTE], 1, id="the order of arrival does not matter"),
    ],
)
def test_a_rule_is_met_once(after_ms: list[int], told: int) -> None:
    issues = with_rule()
    assert len(met([change for at in after_ms for change in issues.happen(at)])) == told


@pytest.mark.parametrize(
    ("after_ms", "told"),
    [
        pytest.param(HOUR - 1, 1, id="not a millisecond before rearm_s"),
        pytest.param(HOUR, 2, id="at rearm_s"),
        pytest.param(HOUR + 1, 2, id="or after"),
    ],
)
def test_a_rule_that_stays_true_is_met_again_after_rearm_s(after_ms: int, told: int) -> None:
    issues = with_rule(conditions=(RuleCondition(kind="severity", severity=Severity.HIGH),))
    assert len(met(issues.happen() + issues.happen(1000) + issues.happen(after_ms))) == told


@pytest.mark.parametrize(
    ("when", "told"), [pytest.param("any", 1, id="any of two"), pytest.param("all", 0, id="all of two")]
)
def test_any_or_all(when: str, told: int) -> None:
    issues = with_rule(when=when, conditions=(RuleCondition(kind="new"), *BURST.conditions))
    assert len(met(issues.happen())) == told


@pytest.mark.parametrize(
    ("match", "environments", "told"),
    [
        pytest.param("all", ("production", "production"), 1, id="all hold"),
        pytest.param("all", ("production", "staging"), 0, id="all, and one does not"),
        pytest.param("any", ("staging", "production"), 1, id="any holds"),
        pytest.param("any", ("staging", "test"), 0, id="any, and none does"),
        pytest.param("none", ("staging", "test"), 1, id="none holds"),
        pytest.param("none", ("staging", "production"), 0, id="none, and one does"),
        pytest.param("any", (), 1, id="no filters refuse nobody"),
    ],
)
def test_filters_match(match: str, environments: tuple[str, ...], told: int) -> None:
    filters = tuple(RuleFilter(field="environment", value=name) for name in environments)
    issues = with_rule(conditions=(RuleCondition(kind="new"),), filters=filters, filters_match=match)
    assert len(met(issues.happen())) == told


def test_below_its_floor_a_rule_says_nothing() -> None:
    issues = with_rule(conditions=(RuleCondition(kind="new"),), severity_floor=Severity.CRITICAL)
    assert met(issues.happen()) == []
    issues = with_rule(conditions=(RuleCondition(kind="new"),), severity_floor=Severity.HIGH)
    assert met(issues.happen()) == ["rule:1:one"]


def test_a_rule_of_pulses_does_not_concern_issues() -> None:
    assert met(with_rule(conditions=(RuleCondition(kind="new"),), scope="pulse").happen()) == []


def test_a_rule_without_conditions_is_never_met() -> None:
    assert met(with_rule(conditions=()).happen()) == []


def test_rules_that_name_a_policy_come_first() -> None:
    assert met(Issues().happen()) == ["rule:1:high", "rule:1:new"]


def test_what_was_met_carries_the_whole_trace() -> None:
    filters = (
        RuleFilter(field="message", op="contains", value="amount"),
        RuleFilter(field="environment", value="production"),
    )
    issues = with_rule(filters=filters, when="all")
    told = [change for at in (0, 1000, 2000) for change in issues.happen(at)]
    (rule,) = [change.rule for change in told if change.rule]
    shown = [(one.name, one.value, one.threshold, one.window_m, one.passed) for one in rule.trace]
    assert shown == [
        ("severity_floor", "high", "low", 0, True),
        ("filter environment", "production", "= production", 0, True),
        ("filter message", "KeyError: 'amount'", "contains amount", 0, True),
        ("count", "3", "3", 5, True),
    ]
    assert [change.reason for change in told if change.rule] == ["count: 3 >= 3 in 5 min"]


@pytest.mark.parametrize(
    ("fields", "failed", "value"),
    [
        pytest.param({"severity_floor": Severity.CRITICAL}, 0, 2, id="the floor is check 0"),
        pytest.param({"filters": (RuleFilter(field="environment", value="x"),)}, 1, 0, id="then the filters"),
        pytest.param(
            {"filters": (RuleFilter(field="environment", value="production"),)}, 2, 1, id="then the conditions"
        ),
    ],
)
def test_the_last_no_is_remembered(fields: dict[str, Any], failed: int, value: float) -> None:
    issues = with_rule(**fields)
    issues.happen()
    state = issues.memory().hot.rules["one"]
    assert (state.on, state.failed, state.value) == (False, failed, value)


def test_a_rule_that_is_gone_is_forgotten() -> None:
    issues = with_rule()
    issues.happen()
    issues.table.settings = some_settings()
    issues.happen(1000)
    assert sorted(issues.memory().hot.rules) == ["high", "new"]


def test_thresholds_above_128_use_buckets() -> None:
    issues = with_rule(conditions=(RuleCondition(kind="count", n=200, window_m=10),))
    told = [change for number in range(200) for change in issues.happen(number * 10)]
    assert met(told) == ["rule:1:one"]
    assert issues.memory().hot.counts.total == 200


def test_users_within() -> None:
    issues = with_rule(conditions=(RuleCondition(kind="users", n=3, window_m=5),))
    told = [issues.happen(number * 1000, user=f"{number % 2:016x}") for number in range(6)]
    assert [met(one) for one in told] == [[]] * 6
    assert met(issues.happen(7000, user=f"{9:016x}")) == ["rule:1:one"]


def test_a_milestone_can_be_asked_for() -> None:
    issues = with_rule(conditions=(RuleCondition(kind="milestone", milestone="total:10"),))
    told = [change for number in range(20) for change in issues.happen(number)]
    assert len(met(told)) == 1
    assert kinds(told).count("milestone") == 1


@pytest.mark.parametrize(
    ("fields", "code", "detail"),
    [
        pytest.param(
            {"conditions": (RuleCondition(kind="severity", severity=Severity.LOW),)}, "met", "", id="it spoke"
        ),
        pytest.param({"severity_floor": Severity.CRITICAL}, "severity_low", "critical", id="below its floor"),
        pytest.param({"scope": "pulse"}, "scope", "", id="of pulses"),
        pytest.param(
            {"filters": (RuleFilter(field="environment", value="x"),)}, "filter", "environment = x", id="by a filter"
        ),
        pytest.param({}, "condition", "count: 1 < 3 in 5 min", id="by a condition"),
    ],
)
def test_why_a_rule_said_nothing(fields: dict[str, Any], code: str, detail: str) -> None:
    issues = with_rule(**fields)
    issues.happen()
    programs = Book().project(1, issues.table.settings).rules
    (answer,) = answers(issues.memory().hot.rules, programs)
    assert (answer.rule_id, answer.code, answer.detail) == ("rule:1:one", code, detail)
