"""Conditions of alert rules: every kind met, and missed by one."""

from typing import Any

import msgspec
import pytest

from domain.conditions import compiled, refused, traced
from domain.facts import Facts
from schemas.issue_changed import Condition
from schemas.kinds import Severity, Status
from schemas.settings.alerting import RuleCondition
from tests.builders import AT, an_occurrence

DAY_MS = 86_400_000


class Counted(msgspec.Struct, frozen=True):
    """Windows that answer the same whatever is asked."""

    now: int = 0
    before: float = 0.0
    people: int = 0

    def count(self, window_m: int) -> int:
        return self.now

    def earlier(self, window_m: int, against: str) -> float:
        return self.before

    def users(self, window_m: int) -> int:
        return self.people


def some_facts(**fields: Any) -> Facts:
    usual: dict[str, Any] = {
        "at": AT,
        "occurrence": an_occurrence(),
        "windows": Counted(),
        "status": Status.ONGOING,
        "severity": Severity.HIGH,
        "total": 10,
        "first_seen_at": AT - DAY_MS,
    }
    return Facts(**(usual | fields))


def a_condition(kind: str, **fields: Any) -> RuleCondition:
    return RuleCondition(kind=kind, **fields)


RATE: dict[str, Any] = {"factor": 3.0, "window_m": 60, "against": "previous", "n": 5}


@pytest.mark.parametrize(
    ("condition", "facts", "met"),
    [
        pytest.param(a_condition("new"), {"born": True}, True, id="new at the first occurrence"),
        pytest.param(a_condition("new"), {}, False, id="new never again"),
        pytest.param(a_condition("regressed"), {"regressed": True}, True, id="regressed when it came back"),
        pytest.param(a_condition("regressed"), {}, False, id="regressed not otherwise"),
        pytest.param(a_condition("woke"), {"woke": True}, True, id="woke when a snooze ended"),
        pytest.param(a_condition("woke"), {}, False, id="woke not otherwise"),
        pytest.param(
            a_condition("milestone", milestone="total:100"),
            {"milestones": ("total:100",)},
            True,
            id="milestone, that one",
        ),
        pytest.param(
            a_condition("milestone", milestone="total:100"),
            {"milestones": ("total:10",)},
            False,
            id="milestone, not another",
        ),
        pytest.param(a_condition("severity", severity=Severity.HIGH), {}, True, id="severity at the level"),
        pytest.param(a_condition("severity", severity=Severity.CRITICAL), {}, False, id="severity below it"),
        pytest.param(a_condition("count", n=5, window_m=5), {"windows": Counted(5)}, True, id="count: >= is enough"),
        pytest.param(a_condition("count", n=5, window_m=5), {"windows": Counted(4)}, False, id="count: one short"),
        pytest.param(
            a_condition("users", n=3, window_m=5), {"windows": Counted(people=3)}, True, id="users: >= is enough"
        ),
        pytest.param(
            a_condition("users", n=3, window_m=5), {"windows": Counted(9, people=2)}, False, id="users: one short"
        ),
        pytest.param(a_condition("rate", **RATE), {"windows": Counted(9, 3)}, True, id="rate: three times as many"),
        pytest.param(a_condition("rate", **RATE), {"windows": Counted(8, 3)}, False, id="rate: not quite"),
        pytest.param(a_condition("rate", **RATE), {"windows": Counted(4, 1)}, False, id="rate: below its floor"),
        pytest.param(a_condition("rate", **RATE), {"windows": Counted(5, 0)}, True, id="rate: from nothing"),
        pytest.param(a_condition("anomaly", verdict="D"), {"anomaly": 1}, True, id="anomaly D by D"),
        pytest.param(a_condition("anomaly", verdict="E"), {"anomaly": 1}, False, id="anomaly E not by D"),
        pytest.param(a_condition("anomaly", verdict="D"), {"anomaly": 2}, True, id="anomaly D by E too"),
        pytest.param(a_condition("anomaly"), {"anomaly": 2}, True, id="anomaly means E unless said"),
        pytest.param(a_condition("absent", window_m=30), {"pulse": True}, True, id="absent: a pulse of zeros"),
        pytest.param(a_condition("absent", window_m=30), {}, False, id="absent: never of a single issue"),
        pytest.param(
            a_condition("absent", window_m=30),
            {"pulse": True, "windows": Counted(1)},
            False,
            id="absent: something was there",
        ),
        pytest.param(
            a_condition("absent", window_m=30),
            {"pulse": True, "first_seen_at": AT - 30 * 60_000 + 1},
            False,
            id="absent: a pulse younger than the window says nothing",
        ),
        pytest.param(a_condition("tomorrow"), {"born": True}, False, id="an unknown kind is never met"),
    ],
)
def test_conditions(condition: RuleCondition, facts: dict[str, Any], met: bool) -> None:
    check = compiled(condition)
    assert (check.value(some_facts(**facts)) >= check.threshold) is met


@pytest.mark.parametrize(
    ("condition", "windows", "shown"),
    [
        pytest.param(
            a_condition("count", n=10, window_m=5),
            Counted(12),
            Condition(name="count", value="12", threshold="10", window_m=5, passed=True),
            id="what was compared with what",
        ),
        pytest.param(
            a_condition("rate", **RATE),
            Counted(10, 4),
            Condition(name="rate x3 against previous", value="2.5", threshold="3", window_m=60, passed=False),
            id="a fraction stays one",
        ),
        pytest.param(
            a_condition("severity", severity=Severity.HIGH),
            Counted(),
            Condition(name="severity high", value="2", threshold="2", passed=True),
            id="a level by its number",
        ),
        pytest.param(
            a_condition("tomorrow"),
            Counted(),
            Condition(name="tomorrow", value="0", threshold="never", passed=False),
            id="an unknown kind says never",
        ),
    ],
)
def test_trace(condition: RuleCondition, windows: Counted, shown: Condition) -> None:
    check = compiled(condition)
    assert traced(check, check.value(some_facts(windows=windows))) == shown


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        pytest.param(a_condition("count", n=5, window_m=5), "", id="a good one may be saved"),
        pytest.param(a_condition("count", n=5), "window", id="no window"),
        pytest.param(a_condition("users", n=257, window_m=5), "256", id="more users than are kept"),
        pytest.param(a_condition("users", n=256, window_m=5), "", id="as many as are kept"),
        pytest.param(a_condition("rate", window_m=5), "factor", id="a rate against nothing"),
        pytest.param(a_condition("tomorrow"), "unknown", id="an unknown kind"),
    ],
)
def test_refused_when_saved(condition: RuleCondition, why: str) -> None:
    assert why in refused(condition)
    assert bool(refused(condition)) is bool(why)
