"""What people and jobs decide: applied or refused with a reason, answered, and undone exactly (alerting.md 2.6)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.commands import ResolveHow
from schemas.kinds import ChangeKind, Severity, Status
from schemas.settings.project import ReleaseSettings
from stream_processors.recurrence.memory import Hot
from tests.builders import AT, numbered
from tests.stream_processors.recurrence.issues import HOUR, Issues, kinds, only, result, some_settings

RELEASE = ReleaseSettings(project_id=1, version="shop@2.4.1", ordinal=4, declared_at=4)


def opened(**settings: Any) -> Issues:
    issues = Issues(some_settings(**settings))
    issues.happen()
    return issues


RESOLVE: Any = ("resolve", {})
IGNORE: Any = ("ignore", {})
SNOOZE: Any = ("snooze", {"count": 3})


@pytest.mark.parametrize(
    ("before", "command", "told", "reason"),
    [
        pytest.param([], RESOLVE, ["resolved"], "", id="resolve a new one"),
        pytest.param([RESOLVE], RESOLVE, [], "already", id="resolve it again the same way"),
        pytest.param(
            [RESOLVE], ("resolve", {"how": ResolveHow.COMMIT, "value": "abc"}), ["resolved"], "", id="or another way"
        ),
        pytest.param([IGNORE], RESOLVE, ["resolved"], "", id="resolve an ignored one"),
        pytest.param([], ("resolve", {"how": ResolveHow.NEXT_RELEASE}), [], "no_release", id="next of no release"),
        pytest.param([], ("resolve", {"if_last_seen_at": AT - 1}), [], "newer_occurrence", id="it was seen since"),
        pytest.param([], ("resolve", {"if_last_seen_at": AT}), ["resolved"], "", id="it was not seen since"),
        pytest.param([], ("reopen", {}), [], "already", id="reopen an open one"),
        pytest.param([RESOLVE], ("reopen", {}), ["reopened"], "", id="reopen a resolved one"),
        pytest.param([SNOOZE], ("reopen", {}), ["reopened"], "", id="reopen a snoozed one"),
        pytest.param([], IGNORE, ["ignored"], "", id="ignore"),
        pytest.param([IGNORE], IGNORE, [], "already", id="ignore again"),
        pytest.param([IGNORE], ("ignore", {"until": "escalating"}), ["ignored"], "", id="ignore for less"),
        pytest.param([RESOLVE], IGNORE, [], "not_open", id="ignore a resolved one"),
        pytest.param([], SNOOZE, ["snoozed"], "", id="snooze"),
        pytest.param([SNOOZE], ("snooze", {"users": 2}), ["snoozed"], "", id="snooze for something else"),
        pytest.param([RESOLVE], SNOOZE, [], "not_open", id="snooze a resolved one"),
        pytest.param([], ("assign", {"to": "person:bo"}), ["assigned"], "", id="assign"),
        pytest.param([], ("assign", {"to": ""}), [], "already", id="assign nobody when it is nobody's"),
        pytest.param(
            [("assign", {"to": "person:bo"})],
            ("assign", {"to": "person:cy", "actor": "service:notifier"}),
            [],
            "assigned_by_a_person",
            id="a machine does not override a person",
        ),
        pytest.param(
            [("assign", {"to": "person:bo", "actor": "service:notifier"})],
            ("assign", {"to": "person:cy", "actor": "service:notifier"}),
            ["assigned"],
            "",
            id="but it does a machine",
        ),
        pytest.param([], ("set_severity", {"severity": Severity.LOW}), ["severity"], "", id="set the severity"),
        pytest.param([], ("set_severity", {"severity": None}), [], "already", id="take back what was not set"),
        pytest.param([], ("comment", {"comment_id": "c1"}), ["commented"], "", id="comment"),
        pytest.param([], ("resolve", {"project_id": 2}), [], "other_project", id="from another project"),
        pytest.param([], ("resolve", {"issue_id": numbered(99)}), [], "unknown_issue", id="of an unknown issue"),
        pytest.param([], ("undo", {"undoes": "never"}), [], "changed_since", id="undo what never was"),
    ],
)
def test_commands(before: list[Any], command: Any, told: list[str], reason: str) -> None:
    issues = opened()
    for number, (kind, fields) in enumerate(before):
        assert result(issues.act(kind, 1000 + number, **fields)).applied
    kind, fields = command
    found = issues.act(kind, 5000, **fields)
    assert kinds(found) == told
    answer = result(found)
    assert (answer.applied, answer.reason) == (not reason, reason)
    assert (answer.change_id != "") is bool(told)


def test_a_resolution_remembers_the_latest_release_of_its_time() -> None:
    issues = opened(**{"release__1__shop@2.4.1": RELEASE})
    change = only(issues.act("resolve", 1000, how=ResolveHow.NEXT_RELEASE), ChangeKind.RESOLVED)
    assert change.issue.resolution is not None
    assert (change.issue.resolution.latest, change.issue.resolution.by) == ("shop@2.4.1", "person:ana")


def test_a_merge_ends_the_issue_and_its_undo_brings_it_back() -> None:
    issues = opened()
    told = issues.act("merged", 1000, into=numbered(7), actor="service:fingerprint")
    assert (kinds(told), only(told, ChangeKind.MERGED).issue.merged_into) == (["merged"], numbered(7))
    assert kinds(issues.happen(2000)) == []
    assert result(issues.act("resolve", 3000)).reason == "not_open"
    before = issues.memory().hot
    told = issues.act("merged", 4000, into="", actor="service:fingerprint")
    assert kinds(told) == ["reopened"]
    assert issues.memory().hot.merged_into == ""
    assert issues.memory().hot.counts == before.counts


def test_mentions_travel_with_the_comment() -> None:
    change = only(opened().act("comment", comment_id="c1", mentions=("person:bo",)), ChangeKind.COMMENTED)
    assert (change.mentions, change.before) == (("person:bo",), "c1")


def test_a_command_names_itself_and_its_place_in_the_log() -> None:
    change = only(opened().act("resolve", command_id="c-9", reason="fixed"), ChangeKind.RESOLVED)
    assert (change.cause, change.actor, change.reason) == ("command:c-9", "person:ana", "fixed")
    assert (change.source, change.command_source) == (None, (77, 0, 1, 0))


def test_machines_that_do_not_ask_get_no_answer() -> None:
    told = opened().act("discount", event_id=numbered(1), position=(7, 3, 1, 0), received_at=AT, actor="service:sink")
    assert told == []


def test_forget_leaves_nothing_and_goes_on_to_the_next_stage() -> None:
    issues = opened()
    told = issues.act("forget", actor="job:retention")
    assert [(type(one).__name__, getattr(one, "kind", "")) for one in told] == [
        ("EpisodeCommand", "forget"),
        ("CommandResult", ""),
    ]
    assert issues.table.values == {}


UNDOABLE = [
    ("resolve", {}),
    ("resolve", {"how": ResolveHow.COMMIT, "value": "abc"}),
    ("reopen", {}),
    ("ignore", {"until": "escalating"}),
    ("snooze", {"until_at": AT + HOUR}),
    ("assign", {"to": "person:bo"}),
    ("assign", {"to": "team:pay"}),
    ("set_severity", {"severity": Severity.LOW}),
    ("set_severity", {"severity": None}),
    ("comment", {}),
]


def decided(hot: Hot) -> tuple[object, ...]:
    return hot.standing, hot.owned, hot.pin, hot.grade.severity


@given(st.lists(st.sampled_from(UNDOABLE), max_size=6), st.sampled_from(UNDOABLE[:-1]))
def test_undo_restores(before: list[Any], last: Any) -> None:
    issues = opened()
    for number, (kind, fields) in enumerate(before):
        issues.act(kind, number, **fields)
    kept = issues.memory().hot
    kind, fields = last
    if not result(issues.act(kind, 1000, command_id="last", **fields)).applied:
        return
    done = issues.memory().hot
    assert result(issues.act("undo", 2000, command_id="back", undoes="last")).applied
    assert decided(issues.memory().hot) == decided(kept)
    assert result(issues.act("undo", 3000, command_id="again", undoes="back")).applied
    assert decided(issues.memory().hot) == decided(done)


@pytest.mark.parametrize(
    ("kind", "fields", "since"),
    [
        pytest.param("resolve", {}, ("reopen", {}), id="somebody reopened it"),
        pytest.param("assign", {"to": "person:bo"}, ("assign", {"to": "person:cy"}), id="somebody else has it"),
        pytest.param(
            "set_severity", {"severity": Severity.LOW}, ("set_severity", {"severity": None}), id="the pin was taken out"
        ),
    ],
)
def test_what_somebody_changed_since_is_not_undone(kind: str, fields: dict[str, Any], since: Any) -> None:
    issues = opened()
    issues.act(kind, 1000, command_id="first", **fields)
    issues.act(since[0], 2000, **since[1])
    kept = decided(issues.memory().hot)
    assert result(issues.act("undo", 3000, undoes="first")).reason == "changed_since"
    assert decided(issues.memory().hot) == kept


def test_what_an_occurrence_changed_since_is_not_undone() -> None:
    issues = opened()
    issues.act("resolve", 1000, command_id="first")
    issues.happen(2000)
    assert result(issues.act("undo", 3000, undoes="first")).reason == "changed_since"
    assert issues.memory().hot.standing.status is Status.REGRESSED


def test_another_field_does_not_hinder_an_undo() -> None:
    issues = opened()
    issues.act("resolve", 1000, command_id="first")
    issues.act("assign", 2000, to="person:bo")
    assert kinds(issues.act("undo", 3000, undoes="first")) == ["reopened"]
    assert issues.memory().hot.owned.assignee == "person:bo"


def test_undoing_a_resolve_lets_rules_be_met_again() -> None:
    issues = opened()
    issues.act("resolve", 1000, command_id="first")
    issues.act("undo", 2000, undoes="first")
    assert [change.rule.id for change in issues.happen(3000) if change.rule] == ["rule:1:high"]
