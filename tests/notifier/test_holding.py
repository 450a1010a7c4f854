from typing import Any

import pytest

from notifier.answers import commands
from notifier.decide import decide
from notifier.plan import Decision, Draft, Memory
from notifier.rejudge import Rejudged, Waiting, rejudged
from schemas.commands import EpisodeCommandKind
from schemas.kinds import AlertState, Channel, Severity, StepKind
from schemas.settings.alerting import InhibitionSettings, Matcher, RouteSettings, SilenceSettings, WindowSettings
from schemas.settings.people import Hours
from tests.builders import AT, EPISODE_ID, numbered
from tests.notifier.town import a_person, a_world, an_alert, paging

HOUR = 3_600_000
SHOP = (Matcher(label="service", value="shop"),)
SILENCE = {"silence__1__a": SilenceSettings(matchers=SHOP, start_at=AT, end_at=AT + HOUR, reason="deploy", author="x")}
WINDOW = {"window__1__a": WindowSettings(matchers=SHOP, start_at=AT, end_at=AT + HOUR, reason="upgrade")}
MUTE = {
    "window__1__lunch": WindowSettings(kind="mute", hours=Hours(start="09:00", end="11:00")),
    "route__1__root": RouteSettings(receivers=("role:member",), mute_windows=("lunch",)),
}
ALL_DAY = Hours(start="00:00", end="23:59")
QUIET_ANN = {"person__ann": a_person("ann", roles={"1": "member"}, quiet_hours=ALL_DAY)}
FIRES = {"service": "database", "subject": "database is gone"}
INHIBITED = {"inhibition__1__a": InhibitionSettings(source=(Matcher(label="service", value="database"),), target=SHOP)}


def ask(changed: dict[str, Any], **fields: Any) -> Decision:
    return decide(an_alert(**fields), a_world(**changed), Memory(firing=(FIRES,)), AT + 170)


@pytest.mark.parametrize(
    ("changed", "fields", "expected"),
    [
        pytest.param(SILENCE, {}, {"ann": "silenced", "ben": "silenced"}, id="a silence is for everybody"),
        pytest.param(INHIBITED, {}, {"ann": "inhibited", "ben": "inhibited"}, id="so is an inhibition"),
        pytest.param(WINDOW, {}, {"ann": "maintenance", "ben": "maintenance"}, id="and maintenance"),
        pytest.param(SILENCE | WINDOW, {}, {"ann": "silenced", "ben": "silenced"}, id="silence comes first"),
        pytest.param(MUTE, {}, {"ann": "sent", "ben": "muted"}, id="a mute route still lets a page through"),
        pytest.param(QUIET_ANN, {}, {"ann": "quiet_hours", "ben": "sent"}, id="quiet hours are one person's"),
        pytest.param(QUIET_ANN, {"severity": Severity.CRITICAL}, {"ann": "sent", "ben": "sent"}, id="critical wakes"),
        pytest.param(
            SILENCE,
            {"kind": StepKind.TOLD, "targets": ("person:ben",)},
            {"ben": "sent"},
            id="what a person asked for is never silenced",
        ),
    ],
)
def test_what_is_held_back(changed: dict[str, Any], fields: dict[str, Any], expected: dict[str, str]) -> None:
    decision = ask(changed, **fields)
    assert {one.recipient.partition(":")[2]: one.code for one in decision.considered} == expected
    for delivery in decision.deliveries:
        code = expected[delivery.recipient.partition(":")[2]]
        assert (delivery.state, delivery.reason) == (("pending", "") if code == "sent" else ("suppressed", code))
        assert (delivery.recheck_at is None) is (code == "sent")


@pytest.mark.parametrize(
    ("changed", "fields", "until"),
    [
        pytest.param(SILENCE, {}, AT + HOUR, id="until the silence ends"),
        pytest.param(INHIBITED, {}, AT + 170 + 60_000, id="an inhibition is looked at again after a minute"),
        pytest.param(QUIET_ANN, {}, None, id="until the only one called wakes"),
        pytest.param(MUTE, {}, 0, id="a mute route holds no escalation"),
        pytest.param(QUIET_ANN, {"policy": paging("on_call", "role:owner")}, 0, id="somebody else is called"),
        pytest.param(SILENCE, {"policy": None}, 0, id="without a policy there is nothing to hold"),
    ],
)
def test_the_escalation_waits_when_all_that_it_calls_are_held_back(
    changed: dict[str, Any], fields: dict[str, Any], until: int | None
) -> None:
    decision = ask(changed, **fields)
    said = commands(decision.step, decision.considered, AT)
    if until == 0:
        assert said == ()
        return
    (command,) = said
    assert (command.kind, command.position) == (EpisodeCommandKind.HELD, "1.0.0")
    assert until is None or command.until_at == until
    held = {one.recipient: one.draft.held for one in decision.deliveries if isinstance(one.draft, Draft)}
    assert held["person:ann"] is True
    assert held["person:ben"] is False


def waiting(number: int = 1, state: str = "firing", recipient: str = "person:ben", **fields: Any) -> Waiting:
    step = an_alert(**({"episode_id": numbered(number)} | fields.pop("step", {})))
    return Waiting(
        delivery_id=f"d{number}",
        channel=Channel.EMAIL,
        destination_id=f"method:{recipient.partition(':')[2]}-mail",
        address_hint="",
        draft=Draft(step=step, recipient=recipient, subject="s", project="Shop", **fields),
        state=AlertState(state),
        labels={"service": "shop"},
    )


def again(*given: Waiting, at: int = AT + HOUR, **changed: Any) -> Rejudged:
    return rejudged(given, {1: [FIRES]}, a_world(**changed), at)


@pytest.mark.parametrize(
    ("one", "changed", "at", "expected"),
    [
        pytest.param(waiting(), SILENCE, AT + HOUR, ("pending", ""), id="the silence is over and it fires: now"),
        pytest.param(waiting(), SILENCE, AT + HOUR - 1, ("suppressed", "silenced"), id="not over yet"),
        pytest.param(waiting(), {}, AT, ("pending", ""), id="the silence was taken away early"),
        pytest.param(waiting(), INHIBITED, AT, ("suppressed", "inhibited"), id="its cause fires still"),
        pytest.param(waiting(state="acked"), {}, AT, ("cancelled", "acked"), id="somebody has it meanwhile"),
        pytest.param(waiting(held=True), {}, AT, ("cancelled", "repeated"), id="the escalation itself takes it again"),
        pytest.param(waiting(state="closed"), {}, AT, ("bundled", "catch_up"), id="over meanwhile: into the catch-up"),
        pytest.param(waiting(state="closed", held=True), {}, AT, ("bundled", "catch_up"), id="also what was to repeat"),
        pytest.param(
            waiting(state="closed", step={"kind": StepKind.CLOSED}),
            {},
            AT,
            ("pending", ""),
            id="an end held back is told",
        ),
    ],
)
def test_what_was_held_back_is_judged_anew(
    one: Waiting, changed: dict[str, Any], at: int, expected: tuple[str, str]
) -> None:
    done = again(one, at=at, **changed)
    (move,) = done.moves
    assert (move.state, move.reason) == expected
    assert len(done.catch_ups) == (expected[0] == "bundled")
    assert len(done.commands) == (expected[1] == "repeated")


def test_each_recipient_gets_one_catch_up_for_all() -> None:
    given = [waiting(number, "firing" if number % 2 else "closed") for number in range(500)]
    given += [waiting(number, recipient="person:ann") for number in range(500, 900)]
    done = again(*given)
    assert sorted(one.recipient for one in done.catch_ups) == ["person:ann", "person:ben"]
    assert {move.state for move in done.moves} == {"bundled"}
    assert len(done.moves) == 900
    assert again(*given).catch_ups == done.catch_ups, "the same ids however often it is looked at"


def test_a_step_taken_up_again_is_said_once() -> None:
    given = [waiting(1, held=True), waiting(2, held=True, recipient="person:ann", step={"episode_id": EPISODE_ID})]
    (command,) = again(*given, at=AT + 5).commands
    assert (command.kind, command.until_at) == (EpisodeCommandKind.HELD, AT + 5)
