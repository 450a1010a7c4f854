from typing import Any

import pytest

from notifier.answers import commands
from notifier.decide import decide, urgency
from notifier.plan import SENT, Decision, Memory, Told
from schemas.commands import EpisodeCommandKind
from schemas.kinds import AlertState, Channel, Severity, StepKind
from schemas.settings.alerting import RouteSettings
from tests.builders import AT, a_snapshot
from tests.notifier.town import a_method, a_world, an_alert, paging

MAIL_BEN, PHONE_ANN, OPS = (
    Told("person:ben", Channel.EMAIL, "method:ben-mail"),
    Told("person:ann", Channel.SMS, "method:ann-phone"),
    Told("channel:ops", Channel.SLACK, "channel:ops"),
)
WEB = a_snapshot(service="web")


def ways(decision: Decision) -> dict[str, int]:
    """`recipient by channel` -> delay in seconds."""
    return {
        f"{one.recipient.partition(':')[2]} by {one.channel}": one.delay_s
        for one in decision.considered
        if one.code == SENT
    }


def codes(decision: Decision) -> dict[str, str]:
    return {one.recipient: one.code for one in decision.considered if one.code != SENT}


def ask(memory: Memory | None = None, changed: dict[str, Any] | None = None, **fields: Any) -> Decision:
    return decide(an_alert(**fields), a_world(**(changed or {})), memory or Memory(), AT + 170)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {}, {"ann by email": 0, "ann by sms": 600, "ben by email": 0}, id="on call is paged, members see it"
        ),
        pytest.param(
            {"policy": None}, {"ann by email": 0, "ben by email": 0}, id="without a policy only the route speaks"
        ),
        pytest.param(
            {"severity": Severity.CRITICAL},
            {"ann by email": 0, "ann by sms": 0, "ben by email": 0},
            id="critical: every way at once",
        ),
        pytest.param({"severity": Severity.MEDIUM}, {"ann by email": 0, "ben by email": 0}, id="medium: no phone"),
        pytest.param({"severity": Severity.LOW}, {}, id="low: nothing but the report"),
        pytest.param({"brief": WEB, "policy": None}, {"ops by slack": 0}, id="the deepest route shows it"),
        pytest.param(
            {"kind": StepKind.ESCALATE, "ordinal": "1.0.1", "position": "1.0.1", "policy": paging("role:owner")},
            {"ben by email": 0},
            id="an escalation pages its step and shows nothing",
        ),
        pytest.param({"kind": StepKind.ACKED}, {}, id="an acknowledgement mails nobody"),
        pytest.param(
            {"kind": StepKind.ACKED, "brief": WEB}, {"ops by slack": 0}, id="but changes the channel's message"
        ),
        pytest.param({"kind": StepKind.REMIND, "actor": "person:ben"}, {"ben by email": 0}, id="the acker is reminded"),
        pytest.param(
            {"kind": StepKind.TOLD, "targets": ("person:ann",), "severity": Severity.LOW},
            {"ann by email": 0},
            id="what a person asked for is told at any severity, as a notice",
        ),
        pytest.param(
            {"kind": StepKind.UNHANDLED, "policy": paging("staff"), "brief": WEB},
            {"cleo by email": 0, "ops by slack": 0},
            id="nobody acted: the last resort, and the channel",
        ),
        pytest.param({"kind": StepKind.PROGRESS}, {"ann by email": 0, "ben by email": 0}, id="progress is shown"),
        pytest.param({"kind": StepKind.REOPENED}, {}, id="a return is no page"),
    ],
)
def test_who_is_told(fields: dict[str, Any], expected: dict[str, int]) -> None:
    assert ways(ask(**fields)) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param((MAIL_BEN, OPS), {"ben by email": 0, "ops by slack": 0}, id="whoever got the opening"),
        pytest.param((), {}, id="nobody got it: nobody hears of its end"),
        pytest.param((PHONE_ANN,), {"ann by sms": 0}, id="by phone if there was no other way"),
        pytest.param(
            (PHONE_ANN, Told("person:ann", Channel.EMAIL, "method:ann-mail")),
            {"ann by email": 0},
            id="not by phone if there was",
        ),
        pytest.param((Told("person:eve", Channel.EMAIL, "method:gone"),), {}, id="an address that is no more"),
    ],
)
def test_who_hears_of_the_end(told: tuple[Told, ...], expected: dict[str, int]) -> None:
    memory = Memory(state=AlertState.FIRING, told=told)
    assert ways(ask(memory, kind=StepKind.CLOSED, reason="quiet")) == expected


@pytest.mark.parametrize(
    ("changed", "fields", "expected"),
    [
        pytest.param(
            {"method__ann-mail": None, "method__ann-phone": None}, {}, {"person:ann": "no_method"}, id="no method"
        ),
        pytest.param(
            {
                "method__ann-mail": a_method("ann", disabled_why="550"),
                "method__ann-phone": None,
            },
            {},
            {"person:ann": "method_disabled"},
            id="a disabled method",
        ),
        pytest.param(
            {"method__ann-mail": a_method("ann", address=""), "method__ann-phone": None},
            {},
            {"person:ann": "no_method"},
            id="an address that does not open",
        ),
        pytest.param(
            {}, {"severity": Severity.LOW}, {"person:ann": "severity_low", "person:ben": "severity_low"}, id="low"
        ),
        pytest.param(
            {}, {"policy": paging("team:none")}, {"team:none": "not_targeted"}, id="a target that is not there"
        ),
    ],
)
def test_who_is_not_told_and_why(changed: dict[str, Any], fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert codes(ask(changed=changed, **fields)) == expected


def test_one_message_however_often_somebody_is_named() -> None:
    decision = ask(policy=paging("on_call", "person:ann", "team:none"), severity=Severity.CRITICAL)
    mails = [one for one in decision.deliveries if one.destination_id == "method:ann-mail"]
    assert len(mails) == 1
    assert mails[0].draft.why == (
        "step 1 of policy Default: on call for Payments (layer 1)",
        "step 1 of policy Default: named in person",
        "route root: member of the project",
    )


def test_ids_do_not_depend_on_rule_route_policy_or_settings() -> None:
    first = ask(policy=paging("on_call"))
    other = ask(
        policy=paging("person:ann", id="policy:other"),
        rules=(),
        changed={"route__1__root": RouteSettings(receivers=("person:ben", "person:ann"))},
    )
    assert {one.delivery_id for one in first.deliveries} == {one.delivery_id for one in other.deliveries}


def test_everybody_learns_who_else_is_told() -> None:
    others = {one.recipient: one.draft.others for one in ask().deliveries}
    assert others == {"person:ann": ("Ben",), "person:ben": ("Ann",)}


@pytest.mark.parametrize(
    ("changed", "fields", "sent"),
    [
        pytest.param({}, {}, 0, id="somebody is paged: nothing to say"),
        pytest.param({"method__ann-mail": None, "method__ann-phone": None}, {}, 1, id="nobody can be paged"),
        pytest.param({}, {"policy": paging("schedule:none")}, 1, id="nobody is behind the step"),
        pytest.param({}, {"policy": None}, 0, id="there is no policy to move on"),
        pytest.param(
            {}, {"policy": paging("schedule:none"), "kind": StepKind.UNHANDLED}, 0, id="nor a step after the last"
        ),
    ],
)
def test_a_step_that_reaches_nobody_asks_for_the_next_at_once(
    changed: dict[str, Any], fields: dict[str, Any], sent: int
) -> None:
    decision = ask(changed=changed, **fields)
    said = commands(decision.step, decision.considered, AT)
    assert len(said) == sent
    assert said == commands(decision.step, decision.considered, AT)
    for command in said:
        assert (command.kind, command.position) == (EpisodeCommandKind.UNREACHABLE, "1.0.0")


def test_the_subject_stays_as_the_episode_began() -> None:
    assert ask().subject == "[shop] KeyError: 'amount'"
    assert ask(number=3).subject == "[shop] KeyError: 'amount' (again, no. 3)"
    assert ask(Memory(subject="[shop] as it began"), kind=StepKind.UPDATE).subject == "[shop] as it began"


@pytest.mark.parametrize(
    ("kind", "severity", "expected"),
    [
        pytest.param("open", "high", 0, id="the first alert goes before everything"),
        pytest.param("escalate", "critical", 1, id="then critical"),
        pytest.param("escalate", "high", 2, id="then high"),
        pytest.param("open", "medium", 4, id="then the rest"),
    ],
)
def test_urgency(kind: str, severity: str, expected: int) -> None:
    assert urgency(StepKind(kind), Severity(severity)) == expected


def test_a_decision_is_total_over_kinds_and_severities() -> None:
    for kind in StepKind:
        for severity in Severity:
            decision = ask(Memory(told=(MAIL_BEN,)), kind=kind, severity=severity)
            assert len({one.delivery_id for one in decision.deliveries}) == len(decision.deliveries)
            assert {one.delivery_id for one in decision.deliveries} == {
                one.delivery_id for one in decision.considered if one.code == SENT
            }
