"""Laws of the machine: any interleaving of changes, commands, ticks and markers keeps its invariants (6.2)."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.alert_step import AlertStep
from schemas.kinds import AlertState, Severity
from schemas.marks import Marker, Tick
from schemas.record import Record
from stream_processors.escalation import index
from stream_processors.escalation.state import OPEN, State, decoded, is_live, key, open_episode
from stream_processors.stage import Input
from tests.builders import AT, ISSUE_ID, a_rule_met
from tests.stream_processors.escalation.episodes import Episodes, steps

SPANS = [0, 1, 30, 299, 300, 301, 600, 900, 1800, 3600, 15_000, 90_000]
LEVELS = [Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
POLICIES = ["default", "none", "other", "careful", "critical"]
CHANGES = ["rule_met", "rule_met", "active", "severity", "resolved", "snoozed", "assigned", "milestone"]
COMMANDS = ["acknowledge", "acknowledge", "unacknowledge", "escalate_now", "held", "unreachable", "resend"]
acts = st.lists(
    st.tuples(
        st.sampled_from(SPANS),
        st.one_of(
            st.tuples(st.just("change"), st.sampled_from(CHANGES)),
            st.tuples(st.just("command"), st.sampled_from(COMMANDS)),
            st.tuples(st.just("tick"), st.just("")),
            st.tuples(st.just("tick"), st.just("")),
            st.tuples(st.just("marker"), st.just("")),
        ),
        st.sampled_from(LEVELS),
        st.sampled_from(POLICIES),
        st.booleans(),
    ),
    max_size=40,
)
LAWS = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)


def record(episodes: Episodes, clock: int, act: Any) -> tuple[Record, str]:
    _, (what, kind), level, policy, flag = act
    match what:
        case "change":
            fields: dict[str, Any] = {"before": "medium", "shown": {"pinned_by": "person:ana" if flag else ""}}
            if kind == "rule_met":
                fields["rule"] = a_rule_met(id=f"rule:1:{policy}", policy=policy)
            return episodes.change(kind, clock, level, **fields), "issue-changes"
        case "command":
            place = "1.0.0" if flag else "1.0.1"
            until_at = AT + (clock + 500) * 1000
            return episodes.command(kind, clock, position=place, until_at=until_at, step_id="x"), "issue-changes"
        case "tick":
            return Tick(at=AT + clock * 1000, partition=0), "ticks"
        case _:
            return Marker(at=AT + (clock - 5) * 1000, origin="recurrence", partition=0), "issue-changes"


def played(log: Any, after: Callable[[Episodes], None] = lambda episodes: None) -> Episodes:
    episodes, clock = Episodes(), 0
    for act in log:
        clock += act[0]
        found, topic = record(episodes, clock, act)
        episodes.table.send(found, topic)
        after(episodes)
    return episodes


def state_of(episodes: Episodes) -> State | None:
    raw = episodes.table.values.get(key(ISSUE_ID))
    return decoded(raw) if raw else None


def keeps_its_invariants(episodes: Episodes) -> None:
    state = state_of(episodes)
    if state is None:
        return
    names = [timer.name for timer in state.timers]
    episode = open_episode(state)
    assert len(names) == len(set(names))
    if episode is None:
        assert names == []
        return
    assert "stale" in names
    if episode.state is AlertState.FIRING:
        unfinished = episode.track is not None and not episode.track.done
        assert set(names) == {"stale", "repeat"} | ({"escalate"} if unfinished else set())
        assert episode.acked_by == ""
    else:
        assert {"ack_ttl", "confirm"} & set(names)
        assert set(names) <= {"stale", "ack_ttl", "confirm", "reack"}
        assert episode.acked_by == "person:ana"


@LAWS
@given(acts)
def test_the_invariants_hold_after_every_input(log: Any) -> None:
    played(log, keeps_its_invariants)


@LAWS
@given(acts)
def test_step_ids_are_unique_save_for_a_resend(log: Any) -> None:
    kept = [act for act in log if act[1][1] != "resend"]
    told = [step.step_id for step in steps(played(kept).table.told)]
    assert len(told) == len(set(told))


@LAWS
@given(acts)
def test_what_readers_believe_is_true_or_quiet(log: Any) -> None:
    """Told steps alone say of each episode whether it is open: exactly, save for one that flaps in silence."""
    believed: dict[str, bool] = {}

    def read(episodes: Episodes) -> None:
        for step in steps(episodes.table.told[read_so_far[0] :]):
            if step.kind in ("open", "reopened"):
                assert not believed.get(step.episode_id)
                believed[step.episode_id] = True
            elif step.kind == "closed":
                assert believed[step.episode_id]
                believed[step.episode_id] = False
            elif step.kind not in ("told", "flapping"):
                assert believed[step.episode_id]
        read_so_far[0] = len(episodes.table.told)
        state = state_of(episodes)
        if state is not None and state.episode is not None:
            assert believed[state.episode.id] is (state.episode.state in OPEN or state.episode.untold)
        assert sum(believed.values()) <= 1

    read_so_far = [0]
    played([act for act in log if act[1][1] != "resend"], read)


@LAWS
@given(acts)
def test_the_index_names_every_open_episode(log: Any) -> None:
    def named(episodes: Episodes) -> None:
        state = state_of(episodes)
        if state is not None and is_live(state):
            assert bytes.fromhex(ISSUE_ID) in set(index.opened(episodes.table.values.get))

    played(log, named)


@LAWS
@given(acts)
def test_a_restart_after_every_record_changes_nothing(log: Any) -> None:
    def warm(episodes: Episodes) -> None:
        episodes.table.warm()

    one, other = played(log), played(log, warm)
    assert one.table.told == other.table.told
    assert state_of(one) == state_of(other)


def ids(told: list[Record]) -> list[str]:
    return [one.step_id for one in told if isinstance(one, AlertStep)]


@LAWS
@given(acts, st.data())
def test_reading_any_suffix_of_the_changes_again_tells_nothing_new(log: Any, data: st.DataObject) -> None:
    episodes = played(log)
    changes = [arrived for arrived in episodes.table.log if arrived.topic == "issue-changes"]
    before, told = dict(episodes.table.values), ids(episodes.table.told)
    start = data.draw(st.integers(0, len(changes)))
    episodes.table.warm()
    for arrived in changes[start:]:
        assert [step_id for step_id in ids(episodes.table.read(arrived)) if step_id not in told] == []
    pages = {key_: value for key_, value in before.items() if key_[:1] == b"e"}
    assert {key_: value for key_, value in episodes.table.values.items() if key_[:1] == b"e"} == pages


@LAWS
@given(acts, st.data())
def test_changes_published_again_by_the_stage_before_tell_nothing_new(log: Any, data: st.DataObject) -> None:
    """Under new offsets, with the root positions that they had."""
    episodes = played(log)
    changes = [one for one in episodes.table.log if b"issue_changed.v1" in one.value]
    told = ids(episodes.table.told)
    for arrived in changes[data.draw(st.integers(0, len(changes))) :]:
        offset = episodes.table.offsets["issue-changes"]
        episodes.table.offsets["issue-changes"] = offset + 1
        again = Input(arrived.topic, 0, offset, arrived.epoch, arrived.key, arrived.value, 0)
        assert [step_id for step_id in ids(episodes.table.read(again)) if step_id not in told] == []


@LAWS
@given(acts, st.randoms(use_true_random=False))
def test_ticks_may_come_anywhere(log: Any, random: Any) -> None:
    """They travel in a topic of their own: moved to any place, they break nothing."""
    ticks = [act for act in log if act[1][0] == "tick"]
    others = [act for act in log if act[1][0] != "tick"]
    for tick in ticks:
        others.insert(random.randint(0, len(others)), tick)
    played(others, keeps_its_invariants)
