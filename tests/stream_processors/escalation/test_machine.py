"""Every row of the table in alerting.md 6.2, with its boundaries."""

import pytest

from domain.ids import episode_id
from schemas.kinds import AlertState, Severity
from schemas.marks import Tick
from tests.builders import AT, ISSUE_ID, numbered
from tests.stream_processors.escalation.episodes import (
    PAY,
    QUIET_S,
    Episodes,
    acked,
    fired,
    kinds,
    places,
    result,
    steps,
    targets,
)

FIRING, ACKED, CLOSED = AlertState.FIRING, AlertState.ACKED, AlertState.CLOSED
CRITICAL, HIGH, MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM
HOUR = 3600.0
MS = 0.001


# idle: rule_met -> firing


def test_a_rule_opens_an_episode() -> None:
    episodes = Episodes()
    (step,) = episodes.rule(0)
    assert (step.kind, step.ordinal, step.position, step.number) == ("open", "0", "1.0.0", 1)
    assert step.episode_id == episode_id(ISSUE_ID, numbered(1))
    assert step.step_id == f"{step.episode_id}:open:0"
    assert step.policy is not None
    assert (step.policy.id, step.policy.targets, step.policy.whole) == ("policy:pay", ("on_call",), PAY)
    assert episodes.is_(FIRING)
    assert episodes.timers() == {"escalate": None, "repeat": None, "stale": QUIET_S}


def test_a_rule_without_policy_opens_an_episode_without_a_track() -> None:
    episodes = Episodes()
    (step,) = episodes.rule(0, "none")
    assert (step.kind, step.policy, episodes.episode().track) == ("open", None, None)
    assert episodes.timers() == {"repeat": None, "stale": QUIET_S}


@pytest.mark.parametrize("kind", ["opened", "active", "severity", "regressed", "resolved", "milestone", "spiking"])
def test_nothing_else_opens_one(kind: str) -> None:
    episodes = Episodes()
    assert episodes.hear(kind, 0) == []
    assert episodes.table.values == {}


def test_the_next_episode_has_the_next_number() -> None:
    episodes = fired()
    episodes.hear("resolved", 10)
    (step,) = episodes.rule(20)
    assert (step.kind, step.number, step.episode_id) == ("open", 2, episode_id(ISSUE_ID, numbered(3)))


# idle, closed by quiet


def quiet(episodes: Episodes) -> Episodes:
    """Closed by quiet at QUIET_S."""
    assert kinds(episodes.mark(QUIET_S)) == ["closed"]
    return episodes


@pytest.mark.parametrize(
    ("after_s", "told", "number"),
    [
        pytest.param(1800 - MS, ["reopened"], 1, id="29:59.999 after a quiet end it is the same episode"),
        pytest.param(1800, ["reopened"], 1, id="30:00.000 as well"),
        pytest.param(1800 + MS, ["open"], 2, id="30:00.001 is a new one"),
    ],
)
def test_a_rule_after_a_quiet_end(after_s: float, told: list[str], number: int) -> None:
    episodes = quiet(fired())
    assert kinds(episodes.rule(QUIET_S + after_s)) == told
    assert episodes.episode().number == number
    assert episodes.is_(FIRING)


@pytest.mark.parametrize(
    ("after_s", "told"),
    [
        pytest.param(1800, ["reopened"], id="30:00.000 after a quiet end a sign of life brings it back"),
        pytest.param(1800 + MS, [], id="30:00.001 it opens nothing"),
    ],
)
def test_active_after_a_quiet_end(after_s: float, told: list[str]) -> None:
    assert kinds(quiet(fired()).hear("active", QUIET_S + after_s)) == told


def test_it_comes_back_as_it_was() -> None:
    episodes = fired()
    episodes.tick(290)
    kept = episodes.episode()
    quiet(episodes)
    assert episodes.timers() == {}
    episodes.hear("active", QUIET_S + 60)
    back = episodes.episode()
    assert (back.id, back.round, back.track, back.state) == (kept.id, kept.round, kept.track, FIRING)
    assert episodes.timers() == {"escalate": None, "repeat": None, "stale": QUIET_S + 60 + QUIET_S}


def test_it_comes_back_acked_if_it_was() -> None:
    episodes = quiet(acked())
    assert kinds(episodes.hear("active", QUIET_S + 60)) == ["reopened"]
    assert episodes.is_(ACKED)
    assert set(episodes.timers()) == {"ack_ttl", "stale"}


@pytest.mark.parametrize(
    ("to", "told"),
    [
        pytest.param(CRITICAL, ["reopened", "update"], id="raised above its highest: also told"),
        pytest.param(HIGH, ["reopened"], id="raised, but not above its highest"),
    ],
)
def test_severity_raised_after_a_quiet_end(to: Severity, told: list[str]) -> None:
    assert kinds(quiet(fired()).raised(QUIET_S + 60, to, before=MEDIUM)) == told


def test_severity_lowered_after_a_quiet_end_is_no_sign_of_life() -> None:
    assert quiet(fired()).raised(QUIET_S + 60, MEDIUM, before=HIGH) == []


def test_what_a_person_closed_does_not_come_back() -> None:
    episodes = fired()
    episodes.hear("resolved", 10)
    assert episodes.hear("active", 20) == []
    episodes = quiet(fired())
    episodes.hear("resolved", QUIET_S + 10)
    assert kinds(episodes.rule(QUIET_S + 20)) == ["open"]


# firing: active, rule_met


def test_a_sign_of_life_only_puts_off_the_quiet_end() -> None:
    episodes = fired()
    assert episodes.hear("active", 100) == []
    assert episodes.rule(200) == []
    assert episodes.timers() == {"escalate": 300, "repeat": 4 * HOUR, "stale": 200 + QUIET_S}


def test_the_quiet_end_is_four_expected_gaps_away_if_that_is_longer() -> None:
    episodes = fired()
    episodes.hear("active", 100, shown={"gap_s": 3000})
    assert episodes.timers()["stale"] == 100 + 12_000
    episodes.hear("active", 200, shown={"gap_s": 10})
    assert episodes.timers()["stale"] == 200 + QUIET_S


def test_a_late_sign_of_life_does_not_hasten_it() -> None:
    episodes = fired()
    episodes.hear("active", 100)
    episodes.hear("active", 50)
    assert episodes.timers()["stale"] == 100 + QUIET_S


def test_another_policy_is_told_once() -> None:
    episodes = fired()
    (step,) = episodes.rule(10, "other")
    assert (step.kind, targets(step)) == ("told", ("team:ops",))
    assert episodes.rule(20, "other") == []
    track = episodes.episode().track
    assert track is not None
    assert (track.policy_id, episodes.timers()["escalate"]) == ("policy:pay", 300)


def test_the_first_policy_that_a_rule_names_becomes_the_track() -> None:
    episodes = fired(policy="none")
    (step,) = episodes.rule(10)
    assert (step.kind, step.ordinal, targets(step)) == ("escalate", "1.0.0", ("on_call",))
    assert step.policy is not None
    assert step.policy.whole == PAY
    assert "escalate" in episodes.timers()


# firing: severity


def test_severity_above_the_highest_is_told_now_and_the_wait_begins_anew() -> None:
    episodes = fired()
    episodes.tick(290)
    (step,) = episodes.raised(295, CRITICAL)
    assert (step.kind, step.severity, step.reason) == ("update", CRITICAL, "severity high -> critical")
    assert episodes.timers()["escalate"] is None
    assert episodes.tick(301) == []
    assert episodes.timers()["escalate"] == 601


def test_severity_not_above_the_highest_is_not_told() -> None:
    episodes = fired(severity=CRITICAL)
    assert episodes.raised(10, HIGH, before=CRITICAL) == []
    assert episodes.episode().severity is CRITICAL
    assert episodes.raised(20, CRITICAL, before=HIGH) == []
    assert episodes.episode().severity is CRITICAL


def test_a_person_may_lower_it_within_the_episode() -> None:
    episodes = fired(severity=CRITICAL)
    episodes.raised(10, MEDIUM, before=CRITICAL, shown={"pinned_by": "person:ana"})
    assert (episodes.episode().severity, episodes.episode().highest) == (MEDIUM, CRITICAL)
    assert episodes.raised(20, HIGH, before=MEDIUM, shown={"pinned_by": "person:ana"}) == []


# firing: escalate


@pytest.mark.parametrize(
    ("at_s", "told"),
    [
        pytest.param(300 - MS, [], id="not a millisecond early"),
        pytest.param(300, [("escalate", "1.0.1")], id="when it is due"),
        pytest.param(300 + MS, [("escalate", "1.0.1")], id="or after"),
    ],
)
def test_the_next_step_comes_when_its_wait_is_over(at_s: float, told: list[tuple[str, str]]) -> None:
    assert places(fired().tick(at_s)) == told


def test_a_timer_fires_once() -> None:
    episodes = fired()
    assert places(episodes.tick(300)) == [("escalate", "1.0.1")]
    assert [episodes.tick(at_s) for at_s in (300, 301, 302)] == [[], [], []]


def test_the_delay_of_a_step_is_the_wait_after_it_and_after_the_last_loop_nobody_is_left() -> None:
    episodes = fired()
    told = [(at_s, *place) for at_s in range(0, 4000, 10) for place in places(episodes.tick(at_s))]
    assert told == [
        (300, "escalate", "1.0.1"),
        (900, "escalate", "1.1.0"),
        (1200, "escalate", "1.1.1"),
        (1800, "unhandled", "1"),
    ]
    assert set(episodes.timers()) == {"repeat", "stale"}


def test_unhandled_goes_to_the_last_resort_of_the_policy() -> None:
    episodes = fired(policy="other")
    (step,) = episodes.tick(600)
    assert (step.kind, targets(step)) == ("unhandled", ("staff",))


def test_a_stage_that_was_down_never_tells_two_steps_in_one_second() -> None:
    """A delay becomes an instant with the first tick after it was armed."""
    episodes = Episodes()
    episodes.rule(0)
    assert episodes.tick(5000) == []
    assert episodes.timers()["escalate"] == 5300


@pytest.mark.parametrize(
    ("appended_s", "told"),
    [
        pytest.param(305, ["escalate"], id="a tick may take five seconds to the log"),
        pytest.param(305 + MS, [], id="not longer"),
    ],
)
def test_a_tick_that_came_late_is_passed_over(appended_s: float, told: list[str]) -> None:
    table = fired().table
    tick = table.arrived(Tick(at=_at(300), partition=0), "ticks", at=_at(appended_s))
    assert kinds(table.read(tick)) == told


@pytest.mark.parametrize(
    ("read_s", "told"),
    [
        pytest.param(305, ["escalate"], id="changes of the next five seconds may have been read"),
        pytest.param(305 + MS, [], id="a tick from before what was read already is of the past"),
    ],
)
def test_a_tick_of_the_past_is_passed_over(read_s: float, told: list[str]) -> None:
    episodes = fired()
    episodes.table.read(episodes.table.arrived(episodes.change("milestone", 0), at=_at(read_s)))
    assert kinds(episodes.tick(300)) == told


def test_escalate_now() -> None:
    episodes = fired()
    told = episodes.act("escalate_now", 10)
    assert places(told) == [("escalate", "1.0.1")]
    assert result(told).applied
    episodes.tick(10)
    assert episodes.timers()["escalate"] == 610


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        pytest.param("unreachable", {"position": "1.0.0"}, ["escalate"], id="nobody behind the current step"),
        pytest.param("unreachable", {"position": "1.0.1"}, [], id="unreachable: another position"),
        pytest.param("held", {"position": "1.0.1", "until_at": 1}, [], id="held: another position"),
    ],
)
def test_what_the_notifier_reports(kind: str, fields: dict[str, object], told: list[str]) -> None:
    answer = fired().act(kind, 5, **fields)
    assert kinds(answer) == told
    assert result(answer).reason == ("" if told else "changed_since")


def test_unreachable_all_the_way_is_said_at_once() -> None:
    episodes = fired()
    told = []
    for position in ("1.0.0", "1.0.1", "1.1.0", "1.1.1"):
        told += places(episodes.act("unreachable", 1, position=position))
    assert [kind for kind, _ in told] == ["escalate", "escalate", "escalate", "unhandled"]


@pytest.mark.parametrize(
    ("at_s", "told"),
    [
        pytest.param(1000 - MS, [], id="held back until then"),
        pytest.param(1000, [("escalate", "2.0.0")], id="then the same step in a new round"),
    ],
)
def test_held(at_s: float, told: list[tuple[str, str]]) -> None:
    episodes = fired()
    assert kinds(episodes.act("held", 5, position="1.0.0", until_at=_at(1000))) == []
    assert places(episodes.tick(at_s)) == told


def test_after_a_hold_it_goes_on() -> None:
    episodes = fired()
    episodes.act("held", 5, position="1.0.0", until_at=_at(1000))
    episodes.tick(1000)
    assert places(episodes.tick(1300)) == [("escalate", "2.0.1")]


# firing: acknowledge


@pytest.mark.parametrize(
    ("severity", "ttl_s"),
    [
        pytest.param(CRITICAL, 1800, id="critical: half an hour"),
        pytest.param(HIGH, 4 * HOUR, id="high: four hours"),
        pytest.param(MEDIUM, 24 * HOUR, id="else a day"),
    ],
)
def test_acknowledge(severity: Severity, ttl_s: float) -> None:
    episodes = fired(severity=severity)
    told = episodes.act("acknowledge", 10)
    assert (kinds(told), result(told).applied) == (["acked"], True)
    assert (episodes.episode().acked_by, episodes.is_(ACKED)) == ("person:ana", True)
    episodes.tick(10)
    assert episodes.timers() == {"ack_ttl": 10 + ttl_s, "stale": QUIET_S}


def test_nothing_escalates_once_somebody_has_it() -> None:
    episodes = acked()
    assert [kinds(episodes.tick(at_s)) for at_s in (300, 1800, 3600)] == [[], [], []]
    assert result(episodes.act("escalate_now", 4000)).reason == "acked"


# acked


def test_another_policy_while_acked_is_told_once_and_not_escalated() -> None:
    episodes = acked()
    assert kinds(episodes.rule(20, "other")) == ["told"]
    assert episodes.rule(30, "other") == []
    assert set(episodes.timers()) == {"ack_ttl", "stale"}


def test_a_first_policy_while_acked_waits_until_nobody_has_it() -> None:
    episodes = acked(policy="none")
    assert kinds(episodes.rule(20)) == ["told"]
    assert places(episodes.act("unacknowledge", 30)) == [("unacked", "1"), ("escalate", "2.0.0")]


def test_a_sign_of_life_while_acked_puts_off_the_quiet_end() -> None:
    episodes = acked()
    assert episodes.hear("active", 100) == []
    assert episodes.timers()["stale"] == 100 + QUIET_S


@pytest.mark.parametrize(
    ("before", "to", "told", "timers"),
    [
        pytest.param(
            HIGH, CRITICAL, ["update"], {"ack_ttl": 1820, "reack": 320}, id="critical now: told, asked in 5 min"
        ),
        pytest.param(MEDIUM, HIGH, [], {"ack_ttl": 20 + 4 * HOUR}, id="high now: asked sooner"),
    ],
)
def test_severity_changes_while_acked(
    before: Severity, to: Severity, told: list[str], timers: dict[str, float]
) -> None:
    episodes = acked(severity=before)
    found = episodes.raised(20, to, before=before)
    assert kinds(found) == told
    assert all(targets(step) == ("person:ana",) for step in found)
    episodes.tick(20)
    assert episodes.timers() == {"stale": QUIET_S} | timers


@pytest.mark.parametrize(
    ("at_s", "told"),
    [
        pytest.param(10 + 4 * HOUR - MS, [], id="not before the time is over"),
        pytest.param(10 + 4 * HOUR, ["remind"], id="still on it?"),
    ],
)
def test_a_reminder(at_s: float, told: list[str]) -> None:
    episodes = acked()
    found = episodes.tick(at_s)
    assert kinds(found) == told
    if found:
        assert (targets(found[0]), episodes.timers()["confirm"]) == (("person:ana",), at_s + 600)


def test_acknowledging_again_tells_nothing_and_begins_anew() -> None:
    episodes = acked()
    episodes.tick(10 + 4 * HOUR)
    assert "confirm" in episodes.timers()
    assert kinds(episodes.act("acknowledge", 15_000, actor="person:bo")) == []
    episodes.tick(15_000)
    assert episodes.timers() == {"ack_ttl": 15_000 + 4 * HOUR, "stale": QUIET_S}
    assert episodes.episode().acked_by == "person:bo"


@pytest.mark.parametrize(
    ("at_s", "told"),
    [
        pytest.param(610 + 4 * HOUR - MS, [], id="ten minutes to answer"),
        pytest.param(610 + 4 * HOUR, [("unacked", "1"), ("escalate", "2.0.0")], id="then the step again"),
    ],
)
def test_no_answer_to_the_reminder(at_s: float, told: list[tuple[str, str]]) -> None:
    episodes = acked()
    episodes.tick(10 + 4 * HOUR)
    assert places(episodes.tick(at_s)) == told
    assert episodes.is_(FIRING if told else ACKED)


def test_critical_and_not_acknowledged_again() -> None:
    episodes = acked()
    episodes.raised(20, CRITICAL)
    episodes.tick(20)
    assert episodes.tick(320 - MS) == []
    assert places(episodes.tick(320)) == [("unacked", "1"), ("escalate", "2.0.0")]
    episodes.tick(320)
    assert set(episodes.timers()) == {"escalate", "repeat", "stale"}


def test_of_timers_due_at_once_one_that_no_longer_fits_does_nothing() -> None:
    """A long silence of the ticker: the acknowledgement ends, so nobody is reminded of it."""
    episodes = acked()
    episodes.raised(20, CRITICAL)
    episodes.tick(20)
    assert places(episodes.tick(1900)) == [("unacked", "1"), ("escalate", "2.0.0")]
    assert set(episodes.timers()) == {"escalate", "repeat", "stale"}


def test_giving_it_back() -> None:
    episodes = acked()
    told = episodes.act("unacknowledge", 20)
    assert places(told) == [("unacked", "1"), ("escalate", "2.0.0")]
    assert (episodes.is_(FIRING), episodes.episode().acked_by) == (True, "")
    assert result(episodes.act("unacknowledge", 30)).reason == "already"


def test_a_finished_track_starts_over() -> None:
    episodes = fired()
    for at_s in range(0, 2000, 100):
        episodes.tick(at_s)
    episodes.act("acknowledge", 2000)
    assert places(episodes.act("unacknowledge", 2010)) == [("unacked", "1"), ("escalate", "2.0.0")]
    assert "escalate" in episodes.timers()


def test_the_step_it_stood_at_comes_again() -> None:
    episodes = fired()
    episodes.tick(300)
    episodes.act("acknowledge", 310)
    assert places(episodes.act("unacknowledge", 320)) == [("unacked", "1"), ("escalate", "2.0.1")]


# the end


@pytest.mark.parametrize("kind", ["resolved", "ignored", "snoozed", "merged"])
@pytest.mark.parametrize("start", [fired, acked])
def test_a_decision_about_the_issue_ends_it(kind: str, start: object) -> None:
    episodes = start()  # type: ignore[operator]
    (step,) = episodes.hear(kind, 20, actor="person:ana")
    assert (step.kind, step.reason) == ("closed", f"{kind} by person:ana")
    assert (episodes.is_(CLOSED), episodes.timers()) == (True, {})
    assert episodes.tick(5000) == []


@pytest.mark.parametrize("start", [fired, acked])
@pytest.mark.parametrize(
    ("watermark_s", "told"),
    [
        pytest.param(QUIET_S - MS, [], id="not before all of the quiet time is decided"),
        pytest.param(QUIET_S, ["closed"], id="when it is"),
    ],
)
def test_quiet_ends_it_by_watermark(start: object, watermark_s: float, told: list[str]) -> None:
    episodes = start()  # type: ignore[operator]
    assert kinds(episodes.mark(watermark_s)) == told


def test_quiet_never_ends_it_by_ticks() -> None:
    episodes = fired()
    for at_s in range(0, 20_000, 500):
        episodes.tick(at_s)
    assert episodes.is_(FIRING)


@pytest.mark.parametrize(
    ("severity", "after_s"),
    [
        pytest.param(CRITICAL, HOUR, id="critical: each hour"),
        pytest.param(HIGH, 4 * HOUR, id="high: each four hours"),
        pytest.param(MEDIUM, 24 * HOUR, id="else each day"),
    ],
)
def test_progress_is_shown_now_and_then(severity: Severity, after_s: float) -> None:
    episodes = fired(policy="none", severity=severity)
    assert kinds(episodes.tick(after_s - MS)) == []
    assert kinds(episodes.tick(after_s)) == ["progress"]
    assert episodes.timers()["repeat"] == 2 * after_s


# notices


def test_who_gets_an_issue_is_told_in_any_state() -> None:
    for episodes in (Episodes(), fired(), acked()):
        (step,) = episodes.hear("assigned", 20, actor="person:ana", shown={"assignee": "person:bo"})
        assert (step.kind, step.targets, step.ordinal) == ("told", ("person:bo",), numbered(episodes.changes))


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert fired().hear("assigned", 20, actor="person:bo", shown={"assignee": "person:bo"}) == []
    assert fired().hear("assigned", 20, actor="person:bo", shown={"assignee": ""}) == []


def test_who_is_mentioned_is_told() -> None:
    (step,) = fired().hear("commented", 20, mentions=("person:bo", "person:cy"), actor="person:ana")
    assert (step.kind, step.targets) == ("told", ("person:bo", "person:cy"))
    assert fired().hear("commented", 20, actor="person:ana") == []


# flapping


def to_and_fro(first_s: float, last_s: float) -> list[str]:
    """Open, close, open, close: the last edge at `last_s`."""
    episodes = Episodes()
    told = kinds(episodes.rule(first_s)) + kinds(episodes.hear("resolved", first_s + 10))
    return told + kinds(episodes.rule(first_s + 20)) + kinds(episodes.hear("resolved", last_s))


@pytest.mark.parametrize(
    ("last_s", "told"),
    [
        pytest.param(HOUR - MS, ["open", "closed", "open", "closed", "flapping"], id="four edges in 59:59.999"),
        pytest.param(HOUR, ["open", "closed", "open", "closed"], id="in an hour they are not"),
    ],
)
def test_flapping(last_s: float, told: list[str]) -> None:
    assert to_and_fro(0, last_s) == told


def flapping() -> Episodes:
    """Open, quiet, back, quiet: the fourth edge at 1900."""
    episodes = Episodes()
    episodes.rule(0)
    episodes.mark(QUIET_S)
    episodes.hear("active", 1000)
    assert kinds(episodes.mark(1900)) == ["flapping"]
    return episodes


def test_a_flapping_episode_goes_to_and_fro_in_silence_and_waits_longer() -> None:
    episodes = flapping()
    assert episodes.hear("active", 2000) == []
    assert episodes.is_(FIRING)
    assert episodes.timers()["stale"] == 2000 + QUIET_S + 600
    assert episodes.mark(2000 + QUIET_S + 600) == []
    assert episodes.is_(CLOSED)


def test_the_end_is_told_when_the_flapping_is_over_and_it_did_not_come_back() -> None:
    """Whoever reads the steps believes that it fires until then."""
    episodes = flapping()
    assert (episodes.is_(CLOSED), episodes.timers()) == (True, {})
    episodes.table.warm()
    assert episodes.mark(1900 + HOUR - MS) == []
    assert kinds(episodes.mark(1900 + HOUR)) == ["closed"]
    assert episodes.mark(9000) == []


def test_a_new_episode_first_ends_one_that_flapped_in_silence() -> None:
    episodes = flapping()
    assert kinds(episodes.rule(1900 + 1800 + MS)) == ["closed", "open"]


def test_a_person_who_resolves_it_ends_it_for_all() -> None:
    episodes = flapping()
    assert kinds(episodes.hear("resolved", 2000, actor="person:ana")) == ["closed"]
    assert episodes.mark(9000) == []


def test_a_decision_of_a_person_is_told_while_flapping() -> None:
    episodes = flapping()
    episodes.hear("active", 2000)
    assert kinds(episodes.hear("resolved", 2010)) == ["closed"]


def test_flapping_is_told_once_an_hour() -> None:
    episodes = flapping()
    episodes.hear("active", 2000)
    episodes.hear("resolved", 2010)
    assert "flapping" not in kinds(episodes.rule(2020))
    assert episodes.state().flapping_until == _at(1900 + 3600)


# commands about nothing


@pytest.mark.parametrize(
    ("start", "fields", "reason"),
    [
        pytest.param(Episodes, {}, "unknown_issue", id="of an issue without any episode"),
        pytest.param(fired, {"episode_id": numbered(99)}, "not_open", id="of another episode"),
        pytest.param(fired, {"project_id": 2}, "other_project", id="of another project"),
    ],
)
def test_refused(start: object, fields: dict[str, object], reason: str) -> None:
    answer = result(start().act("acknowledge", 10, **fields))  # type: ignore[operator]
    assert (answer.applied, answer.reason) == (False, reason)


def test_acknowledging_what_is_over() -> None:
    episodes = fired()
    episodes.hear("resolved", 10)
    assert result(episodes.act("acknowledge", 20)).reason == "not_open"


@pytest.mark.parametrize(
    ("policy", "ticks", "reason"),
    [
        pytest.param("none", 0, "no_policy", id="there is no next step without a policy"),
        pytest.param("other", 700, "already", id="nor after the last one"),
    ],
)
def test_there_is_no_next_step(policy: str, ticks: int, reason: str) -> None:
    episodes = fired(policy=policy)
    episodes.tick(ticks)
    assert result(episodes.act("escalate_now", 800)).reason == reason


def test_the_newest_step_can_be_told_again_under_its_own_id() -> None:
    episodes = fired()
    (step,) = episodes.tick(300)
    told = episodes.act("resend", 400, step_id=step.step_id)
    assert [one.step_id for one in told if hasattr(one, "step_id")] == [step.step_id]
    assert result(episodes.act("resend", 400, step_id="older")).reason == "unknown_step"


def test_forget_leaves_nothing() -> None:
    episodes = fired()
    (step,) = steps(episodes.act("forget", 10))
    assert (step.kind, step.reason) == ("closed", "forgotten")
    assert episodes.act("forget", 10) == []
    episodes.tick(11)
    episodes.tick(12)
    assert [key for key in episodes.table.values if key[:1] in (b"e", b"o")] == []


def _at(seconds: float) -> int:
    return AT + round(seconds * 1000)
