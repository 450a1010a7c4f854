import pytest

from notifier.classify import Stage, http, smtp
from notifier.plan import Draft
from notifier.retry import Failing, wait_s
from notifier.settle import Attempted, no_longer_due, settle
from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Unclear, Verdict
from schemas.kinds import AlertState, Channel, DeliveryState, Severity, StepKind
from tests.builders import a_step

HOUR = 3600.0


@pytest.mark.parametrize(
    ("severity", "failures", "age_s", "roll", "expected"),
    [
        pytest.param("critical", 1, 0, 0.0, 1.0, id="critical: one second at first"),
        pytest.param("critical", 2, 0, 0.0, 2.0, id="doubling"),
        pytest.param("critical", 7, 0, 0.0, 60.0, id="capped at a minute"),
        pytest.param("critical", 5000, 99 * HOUR, 0.0, 60.0, id="never given up"),
        pytest.param("high", 1, 0, 0.0, 2.0, id="high: two seconds"),
        pytest.param("high", 30, 99 * HOUR, 0.0, 300.0, id="high is never given up either"),
        pytest.param("medium", 1, 0, 0.0, 30.0, id="medium: half a minute"),
        pytest.param("medium", 9, 12 * HOUR - 1800, 0.0, 1800.0, id="a last try just within 12 hours"),
        pytest.param("medium", 9, 12 * HOUR - 1799, 0.0, None, id="none after"),
        pytest.param("critical", 1, 0, 0.999999, pytest.approx(0.5, abs=1e-3), id="the roll halves the wait at most"),
    ],
)
def test_wait_s(severity: str, failures: int, age_s: float, roll: float, expected: float | None) -> None:
    failing = Failing(channel=Channel.EMAIL, severity=Severity(severity), failures=failures, age_s=age_s)
    assert wait_s(failing, roll) == expected


def test_the_provider_s_own_wish_is_the_least() -> None:
    failing = Failing(channel=Channel.SLACK, severity=Severity.CRITICAL, failures=1, age_s=0, retry_after_s=30)
    assert wait_s(failing, 0.5) == 30


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        pytest.param(1, 5.0, id="5 seconds"),
        pytest.param(2, 300.0, id="5 minutes"),
        pytest.param(9, 24 * HOUR, id="a day at last"),
        pytest.param(10, None, id="then no more"),
    ],
)
def test_webhooks_have_a_schedule_of_their_own(failures: int, expected: float | None) -> None:
    failing = Failing(channel=Channel.WEBHOOK, severity=Severity.MEDIUM, failures=failures, age_s=0)
    assert wait_s(failing, 0.0) == expected


@pytest.mark.parametrize(
    ("stage", "code", "expected"),
    [
        pytest.param(Stage.CONTENT, 250, Accepted(detail="said"), id="taken"),
        pytest.param(Stage.RECIPIENT, 451, TryAgain(Fault.THROTTLED, "451", "recipient: said"), id="later"),
        pytest.param(Stage.RECIPIENT, 550, GiveUp(Fault.GONE, "550", "recipient: said"), id="no such mailbox"),
        pytest.param(Stage.CONTENT, 554, GiveUp(Fault.REFUSED, "554", "content: said"), id="the message is refused"),
        pytest.param(Stage.CONTENT, 452, TryAgain(Fault.THROTTLED, "452", "content: said"), id="no room now"),
        pytest.param(
            Stage.CONNECT, 535, TryAgain(Fault.DOWN, "535", "connect: said"), id="a wrong login will be mended"
        ),
        pytest.param(Stage.SENDER, 550, TryAgain(Fault.DOWN, "550", "sender: said"), id="so will a refused sender"),
        pytest.param(Stage.CONTENT, 799, TryAgain(Fault.DOWN, "799", "content: said"), id="no such code"),
    ],
)
def test_smtp(stage: Stage, code: int, expected: Verdict) -> None:
    assert smtp(stage, code, "said") == expected


@pytest.mark.parametrize(
    ("status", "kind", "fault"),
    [
        pytest.param(204, Accepted, None, id="2xx"),
        pytest.param(302, GiveUp, Fault.REFUSED, id="a redirect is not followed"),
        pytest.param(404, GiveUp, Fault.REFUSED, id="4xx"),
        pytest.param(410, GiveUp, Fault.GONE, id="410 ends the address"),
        pytest.param(408, TryAgain, Fault.TIMEOUT, id="408 may heal"),
        pytest.param(425, TryAgain, Fault.THROTTLED, id="425 may heal"),
        pytest.param(429, TryAgain, Fault.THROTTLED, id="429 may heal"),
        pytest.param(503, TryAgain, Fault.DOWN, id="5xx may heal"),
    ],
)
def test_http(status: int, kind: type[Verdict], fault: Fault | None) -> None:
    verdict = http(status, "said", 7.0)
    assert isinstance(verdict, kind)  # type: ignore[arg-type]
    assert getattr(verdict, "fault", None) == fault
    assert not isinstance(verdict, TryAgain) or verdict.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("channel", "severity", "verdict", "state", "reason"),
    [
        pytest.param("email", "high", Accepted(), "accepted", "", id="accepted"),
        pytest.param("dashboard", "high", Accepted(), "delivered", "", id="a dashboard row is delivered when written"),
        pytest.param("email", "high", TryAgain(Fault.DOWN), "retry", "down", id="try again"),
        pytest.param("email", "medium", TryAgain(Fault.DOWN), "failed", "expired", id="too old to try again"),
        pytest.param("email", "high", GiveUp(Fault.GONE, "550"), "failed", "gone 550", id="given up with its reason"),
        pytest.param("email", "high", Unclear(), "retry", "lost", id="unclear and high: at least once"),
        pytest.param("email", "medium", Unclear(), "failed", "unknown_after_crash", id="unclear, medium: at most once"),
        pytest.param("sms", "critical", Unclear(), "retry", "lost", id="unclear and critical"),
        pytest.param("webhook", "medium", Unclear(), "retry", "lost", id="a webhook's id makes repeating harmless"),
    ],
)
def test_settle(channel: str, severity: str, verdict: Verdict, state: str, reason: str) -> None:
    after = Attempted(channel=Channel(channel), severity=Severity(severity), failures=1, age_s=13 * HOUR)
    settled = settle(after, verdict, 0.0)
    assert (settled.state, settled.reason) == (DeliveryState(state), reason)
    assert settled.ends == (reason == "gone 550")


@pytest.mark.parametrize(
    ("kind", "while_acked", "state", "expected"),
    [
        pytest.param("open", False, "firing", None, id="firing: send"),
        pytest.param("open", False, None, None, id="no episode known: send"),
        pytest.param("open", False, "acked", "acked", id="somebody has it"),
        pytest.param("escalate", False, "acked", "acked", id="no escalation either"),
        pytest.param("open", True, "acked", None, id="decided while somebody had it"),
        pytest.param("remind", False, "acked", None, id="the acker is reminded"),
        pytest.param("update", False, "acked", None, id="and updated"),
        pytest.param("escalate", False, "closed", "closed", id="over"),
        pytest.param("closed", False, "closed", None, id="a close is told when closed"),
    ],
)
def test_no_longer_due(kind: str, while_acked: bool, state: str | None, expected: str | None) -> None:
    draft = Draft(step=a_step(kind=StepKind(kind)), recipient="person:ann", subject="", while_acked=while_acked)
    assert no_longer_due(draft, AlertState(state) if state else None) == expected
