"""Which policy a rule means, and the way through its steps."""

import pytest

from domain.snapshot import Snapshot
from schemas.kinds import Severity
from schemas.settings.alerting import Policy
from schemas.settings.project import ProjectSettings
from stream_processors.escalation.policies import following, track_of
from tests.builders import a_rule_met
from tests.stream_processors.escalation.episodes import CAREFUL, SETTINGS, Episodes, fired, kinds, places, targets

CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH


@pytest.mark.parametrize(
    ("named", "project_id", "found"),
    [
        pytest.param("default", 1, "policy:pay", id="default: the project's own"),
        pytest.param("default", 2, "policy:other", id="else that of its team"),
        pytest.param("default", 3, None, id="else none"),
        pytest.param("default", 9, None, id="an unknown project has none"),
        pytest.param("none", 1, None, id="none is none"),
        pytest.param("other", 1, "policy:other", id="by its id"),
        pytest.param("policy:other", 1, "policy:other", id="or its setting id"),
        pytest.param("gone", 1, None, id="one that is gone is none"),
    ],
)
def test_track_of(named: str, project_id: int, found: str | None) -> None:
    track = track_of(a_rule_met(policy=named), project_id, SETTINGS)
    assert (track.policy_id if track else None) == found


def test_a_policy_without_steps_is_none() -> None:
    settings = Snapshot.of(
        {"policy:empty": Policy(name="e", steps=()), "project:1": ProjectSettings(slug="a", name="A")}
    )
    assert track_of(a_rule_met(policy="empty"), 1, settings) is None


@pytest.mark.parametrize(
    ("policy", "severity", "way"),
    [
        pytest.param("pay", HIGH, ["0.0", "0.1", "1.0", "1.1"], id="every step, once more"),
        pytest.param("careful", HIGH, ["0.1"], id="a step above the severity is skipped"),
        pytest.param("careful", CRITICAL, ["0.0", "0.1"], id="and not skipped at it"),
        pytest.param("critical", HIGH, [], id="a policy may have nothing for a severity"),
    ],
)
def test_the_way_through_a_policy(policy: str, severity: Severity, way: list[str]) -> None:
    track, found = track_of(a_rule_met(policy=policy), 1, SETTINGS), []
    while track and (track := following(track, severity)):
        found.append(f"{track.loop}.{track.step}")
    assert found == way


def test_an_episode_opens_at_the_first_step_for_its_severity() -> None:
    episodes = Episodes()
    (step,) = episodes.rule(0, "careful")
    assert (step.position, targets(step)) == ("1.0.1", ("on_call",))
    assert step.policy is not None
    assert step.policy.whole == CAREFUL


def test_a_policy_that_has_nobody_for_this_severity_begins_when_it_rises() -> None:
    episodes = fired(policy="critical")
    assert "escalate" not in episodes.timers()
    assert kinds(episodes.raised(10, CRITICAL)) == ["update"]
    assert places(episodes.tick(11)) == []
    assert places(episodes.tick(12)) == [("escalate", "1.0.0")]
    assert kinds(episodes.tick(72)) == ["unhandled"]


def test_the_policy_is_copied_in_when_it_starts() -> None:
    episodes = fired()
    episodes.table.settings = Snapshot.of({"project:1": ProjectSettings(slug="shop", name="Shop")})
    (step,) = episodes.tick(300)
    assert targets(step) == ("role:admin",)
