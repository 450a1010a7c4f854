from typing import Any

import pytest

from notifier.decide import decide
from notifier.gather import filled, gathered_message
from notifier.pacing import Pace, group_of, paced
from notifier.plan import BUNDLED, REACHED, SENT, Decision, Draft, Gathering, Letter, Memory, Told
from schemas.kinds import AlertState, Channel, Severity, StepKind
from schemas.settings.alerting import RouteSettings
from schemas.settings.people import ChannelSettings
from tests.builders import AT, a_snapshot, numbered
from tests.notifier.town import a_world, an_alert

GROUPED = {"route__1__root": RouteSettings(receivers=("role:owner",), group_by=("service",), group_interval_s=300)}
NOW = AT + 170


def ask(changed: dict[str, Any], **fields: Any) -> Decision:
    return decide(an_alert(policy=None, **fields), a_world(**changed), Memory(), NOW)


def pace(decision: Decision, given: Pace) -> Decision:
    return paced(decision, {one.delivery_id: given for one in decision.deliveries if group_of(one, decision)}, NOW, 10)


STORM, CALM = Pace(alone=10), Pace(alone=9, led_at=NOW - 1)


@pytest.mark.parametrize(
    ("changed", "severity", "given", "due_in_s"),
    [
        pytest.param({}, "high", CALM, None, id="no groups: the tenth in a minute goes at once"),
        pytest.param({}, "high", STORM, 60, id="the eleventh waits for a bundle"),
        pytest.param({}, "critical", STORM, 60, id="also if critical"),
        pytest.param({}, "high", Pace(bundle="b1"), 60, id="an open bundle takes what comes"),
        pytest.param({}, "critical", Pace(bundle="b1"), None, id="but nothing critical, unless it storms"),
        pytest.param(GROUPED, "high", Pace(), None, id="the first of a group goes at once"),
        pytest.param(
            GROUPED, "high", Pace(alone=1, led_at=NOW - 299_999), 0, id="a follower waits to the interval's end"
        ),
        pytest.param(GROUPED, "high", Pace(alone=1, led_at=NOW - 300_000), None, id="after it, it leads again"),
        pytest.param(GROUPED, "medium", Pace(alone=1, led_at=NOW - 300_000), 600, id="medium: a quarter of an hour"),
        pytest.param(GROUPED, "critical", Pace(alone=1, led_at=NOW - 1), None, id="critical is not grouped"),
    ],
)
def test_alone_or_together(changed: dict[str, Any], severity: str, given: Pace, due_in_s: int | None) -> None:
    decision = pace(ask(changed, severity=Severity(severity)), given)
    codes = {one.code for one in decision.considered}
    assert codes == ({SENT} if due_in_s is None else {BUNDLED})
    assert codes <= REACHED
    bundles = [one for one in decision.deliveries if isinstance(one.draft, Gathering)]
    children = [one for one in decision.deliveries if one.state == "bundled"]
    if due_in_s is None:
        assert (bundles, children) == ([], [])
        assert all(one.group for one in decision.deliveries)
    else:
        assert len(bundles) == (0 if given.bundle else len(children))
        assert {one.bundle_id for one in children} == (
            {given.bundle} if given.bundle else {b.delivery_id for b in bundles}
        )
        assert all(one.delay_s == due_in_s for one in bundles)


def test_groups_are_told_apart_by_the_values_of_the_route_and_by_recipient() -> None:
    def groups(changed: dict[str, Any], service: str) -> set[str]:
        decision = ask(changed, brief=a_snapshot(service=service))
        return {group_of(one, decision) for one in decision.deliveries}

    assert len(groups({}, "a")) == 2
    assert groups({}, "a") == groups({}, "b")
    assert groups(GROUPED, "a") != groups(GROUPED, "b")


@pytest.mark.parametrize(
    ("kind", "channel", "grouped"),
    [
        pytest.param("open", "email", True, id="openings by mail"),
        pytest.param("open", "slack", True, id="openings in Slack"),
        pytest.param("closed", "email", True, id="a storm of ends by mail"),
        pytest.param("closed", "slack", False, id="Slack changes the message in its place"),
        pytest.param("open", "pagerduty", False, id="machines get each by itself"),
        pytest.param("open", "webhook", False, id="so do webhooks"),
        pytest.param("told", "email", False, id="what a person asked for"),
    ],
)
def test_what_may_be_grouped(kind: str, channel: str, grouped: bool) -> None:
    place = ChannelSettings(name="#it", type=Channel(channel), address="x")
    world = a_world(channel__it=place, route__1__root=RouteSettings(receivers=("channel:it",)))
    told = (Told("channel:it", Channel(channel), "channel:it"),)
    decision = decide(an_alert(StepKind(kind), policy=None, targets=("channel:it",)), world, Memory(told=told), NOW)
    assert decision.deliveries
    assert all(bool(group_of(one, decision)) is grouped for one in decision.deliveries)


def test_what_goes_on_is_counted_apart_from_openings() -> None:
    opened, ended = ask({}), ask({}, kind=StepKind.PROGRESS)
    groups = {group_of(one, opened) for one in opened.deliveries} & {group_of(one, ended) for one in ended.deliveries}
    assert groups == set()


def letters(count: int) -> list[tuple[Letter, AlertState]]:
    levels = list(Severity)
    return [
        (
            Letter(
                draft=Draft(
                    step=an_alert(
                        episode_id=numbered(number),
                        severity=levels[number % 4],
                        brief=a_snapshot(title=f"Error {number}"),
                        at=AT + number,
                    ),
                    recipient="person:ben",
                    subject="s",
                    why=("route root",),
                )
            ),
            AlertState.CLOSED if number % 5 == 0 else AlertState.FIRING,
        )
        for number in range(count)
    ]


def test_lines_stand_in_the_order_in_which_they_matter() -> None:
    gathering = Gathering(kind="catch_up", recipient="person:ben", subject="s", project="Shop", due_at=AT)
    lines = filled(gathering, letters(40)).lines
    assert lines[0].draft.step.severity is Severity.CRITICAL
    states = [line.state for line in lines]
    assert states == sorted(states, key=lambda state: state is AlertState.CLOSED)
    assert filled(gathering, letters(40)).severity is Severity.CRITICAL


def test_an_episode_stands_once_with_its_newest_step() -> None:
    first, state = letters(1)[0]
    assert isinstance(first.draft, Draft)
    later = Letter(
        draft=Draft(step=an_alert(StepKind.UPDATE, "1", episode_id=numbered(0), seq=9), recipient="x", subject="s")
    )
    lines = filled(Gathering(kind="bundle", recipient="x", subject="s"), [(later, state), (first, state)]).lines
    assert [line.draft.step.seq for line in lines] == [9]


def test_a_message_about_several_says_how_many_and_counts_the_rest() -> None:
    gathering = Gathering(kind="catch_up", recipient="person:ben", subject="s", project="Shop", due_at=AT)
    said = gathered_message(filled(gathering, letters(300)), AT, "http://gregor")
    assert said["headline"] == "300 alerts while notifications were held back, 60 of them over"
    assert said["more"] == "and 100 more"
    assert isinstance(said["lines"], list)
    assert len(said["lines"]) == 200
