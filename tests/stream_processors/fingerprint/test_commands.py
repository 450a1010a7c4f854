"""People in control: merge, split, refine, attach, forget, undo (grouping.md 6.2)."""

from typing import Any

import pytest

from schemas.commands import CommandResult, GroupingKind, IssueCommand, IssueCommandKind
from schemas.error_event import ErrorEvent
from schemas.kinds import Matched
from stream_processors.fingerprint.decide import STAGE
from tests.stream_processors.fingerprint.events import Stage, a_command, an_error, at, raised

UNKNOWN = "f" * 32


def error(function: str = "pay", line: str = "x()", value: str = "v", caller: str = "run") -> ErrorEvent:
    return an_error(raised("E", value, at(f"shop.a::{function}", line), at(f"shop.b::{caller}", f"{function}()")))


ONE, OTHER, THIRD = error("pay"), error("ship"), error("bill")


def three(stage: Stage) -> tuple[str, str, str]:
    return stage.issue(ONE), stage.issue(OTHER), stage.issue(THIRD)


def test_merged_events_go_to_the_other_issue() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    assert stage.command(GroupingKind.MERGE, one, into=other).applied
    assert stage.issues(ONE, OTHER) == [other, other]


def test_a_merge_is_told_to_the_next_stage() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    news, result = stage.send(a_command(GroupingKind.MERGE, one, into=other, reason="same cause"))
    assert isinstance(news, IssueCommand)
    assert (news.kind, news.issue_id, news.into, news.reason) == (IssueCommandKind.MERGED, one, other, "same cause")
    assert isinstance(result, CommandResult)
    assert (result.applied, result.command_id, result.issue_id) == (True, "c-merge", one)


def test_every_variant_of_a_merged_issue_follows_it() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    stage.command(GroupingKind.MERGE, one, into=other)
    variant = error("pay", "y()")  # known by its path; its site is new
    assert stage.issues(variant, variant) == [other, other]


def test_merging_the_target_on_takes_one_command_per_member() -> None:
    stage = Stage()
    one, other, third = three(stage)
    stage.command(GroupingKind.MERGE, one, into=other, command_id="c-1")
    stage.command(GroupingKind.MERGE, other, into=third, command_id="c-2")
    stage.command(GroupingKind.MERGE, one, into=third, command_id="c-3")
    assert stage.issues(ONE, OTHER, THIRD) == [third] * 3


def test_merge_then_undo_is_identity() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    stage.command(GroupingKind.MERGE, one, into=other)
    assert stage.command(GroupingKind.UNDO, one, undoes="c-merge").applied
    assert stage.issues(ONE, OTHER, error("pay", "y()")) == [one, other, one]


def test_what_was_undone_can_be_done_again() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    stage.command(GroupingKind.MERGE, one, into=other)
    stage.command(GroupingKind.UNDO, one, undoes="c-merge")
    stage.command(GroupingKind.MERGE, one, into=other, command_id="c-again")
    assert stage.issue(ONE) == other


def test_commands_act_forward_only() -> None:
    """An event that is read again gets the answer that was valid at its own place."""
    stage = Stage()
    one, other, _ = three(stage)
    arrived = stage.arrived(ONE)
    first = STAGE.decide(arrived, stage.context())
    stage.warm()  # the batch was lost before it was logged
    stage.command(GroupingKind.MERGE, one, into=other)
    stage.warm()
    assert STAGE.decide(arrived, stage.context()) == first


def taught(stage: Stage, event: ErrorEvent, kind: Matched) -> tuple[str, ...]:
    return tuple(each.key for each in stage.occurrence(event).new_keys if each.kind is kind)


def test_a_split_takes_keys_to_a_new_issue() -> None:
    stage = Stage()
    opened = stage.occurrence(ONE)
    site = next(each.key for each in opened.new_keys if each.kind is Matched.SITE)
    news, result = stage.send(a_command(GroupingKind.SPLIT, opened.issue_id, keys=(site,)))
    assert isinstance(news, IssueCommand)
    assert isinstance(result, CommandResult)
    assert (news.kind, news.split_from, result.applied) == (IssueCommandKind.SPLIT, opened.issue_id, True)
    found = stage.occurrence(ONE)
    assert (found.issue_id, found.matched) == (news.issue_id, Matched.MOVED)


def test_a_moved_path_wins_over_a_site_that_nobody_moved() -> None:
    stage = Stage()
    issue = stage.issue(error(caller="run"))
    (path,) = taught(stage, error(caller="loop"), Matched.PATH)
    stage.command(GroupingKind.SPLIT, issue, keys=(path,))
    assert stage.issue(error(caller="run")) == issue
    assert stage.issue(error(caller="loop")) != issue


def test_a_former_member_is_split_off_whole() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    stage.command(GroupingKind.MERGE, one, into=other)
    stage.command(GroupingKind.SPLIT, other, member=one)
    apart = stage.issue(ONE)
    assert apart not in (one, other)
    assert stage.issues(ONE, OTHER) == [apart, other]


def test_split_then_undo_is_identity() -> None:
    stage = Stage()
    opened = stage.occurrence(ONE)
    stage.command(GroupingKind.SPLIT, opened.issue_id, keys=(opened.key,))
    assert stage.command(GroupingKind.UNDO, opened.issue_id, undoes="c-split").applied
    found = stage.occurrence(ONE)
    assert (found.issue_id, found.matched) == (opened.issue_id, Matched.SITE)


@pytest.mark.parametrize(
    ("by", "apart"),
    [
        pytest.param("message", error(value="no stock"), id="by what was said"),
        pytest.param("caller", error(caller="loop"), id="by who called"),
    ],
)
def test_refine_tells_one_issue_apart(by: str, apart: ErrorEvent) -> None:
    stage = Stage()
    issue = stage.issue(error())
    assert stage.issue(apart) == issue
    stays = "v" if by == "message" else "shop.b::run"
    assert stage.command(GroupingKind.REFINE, issue, by=by, stay=(stays,)).applied
    found = stage.occurrence(apart)
    assert (found.matched, found.issue_id == issue) == (Matched.SPLIT, False)
    assert stage.issues(error(), apart, apart) == [issue, found.issue_id, found.issue_id]
    assert stage.command(GroupingKind.UNDO, issue, undoes="c-refine").applied
    assert stage.issue(apart) == issue


def test_a_key_is_attached_before_anybody_saw_it() -> None:
    stage = Stage()
    one, _, _ = three(stage)
    unseen = error("cancel")
    key = Stage().occurrence(unseen).key
    assert stage.command(GroupingKind.ATTACH, one, keys=(key,)).applied
    assert stage.issue(unseen) == one
    assert stage.command(GroupingKind.UNDO, one, undoes="c-attach").applied
    assert stage.issue(error("cancel", caller="other")) == Stage().issue(unseen)


def test_a_forgotten_issue_leaves_nothing_but_is_named_alike_when_it_returns() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    assert stage.command(GroupingKind.FORGET, one).applied
    assert not [key for key in stage.values if key[:1] == b"r" and key[1:] == bytes.fromhex(one)]
    found = stage.occurrence(ONE)
    assert (found.issue_id, found.matched) == (one, Matched.OPENED)
    assert stage.issue(OTHER) == other


def test_keys_that_lead_elsewhere_are_not_forgotten() -> None:
    stage = Stage()
    opened = stage.occurrence(ONE)
    stage.command(GroupingKind.SPLIT, opened.issue_id, keys=(opened.key,))
    apart = stage.issue(ONE)
    stage.command(GroupingKind.FORGET, opened.issue_id)
    assert stage.issue(ONE) == apart


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        pytest.param(GroupingKind.MERGE, {"issue_id": UNKNOWN, "into": "a" * 32}, "unknown_issue", id="unknown issue"),
        pytest.param(GroupingKind.MERGE, {"project_id": 2, "into": "a" * 32}, "other_project", id="other project"),
        pytest.param(GroupingKind.MERGE, {"into": "ITSELF"}, "redirect_loop", id="into itself"),
        pytest.param(GroupingKind.MERGE, {"into": ""}, "bad_arguments", id="into nothing"),
        pytest.param(GroupingKind.SPLIT, {"keys": ("0" * 32,)}, "unknown_key", id="unknown key"),
        pytest.param(GroupingKind.REFINE, {"by": "mood"}, "bad_arguments", id="by something else"),
        pytest.param(GroupingKind.ATTACH, {}, "bad_arguments", id="no key"),
        pytest.param(GroupingKind.HELPER, {}, "bad_arguments", id="no symbol"),
        pytest.param(GroupingKind.FORGET, {"issue_id": UNKNOWN}, "unknown_issue", id="forgotten already"),
        pytest.param(GroupingKind.UNDO, {"undoes": "c-nothing"}, "unknown_command", id="nothing to undo"),
    ],
)
def test_refusals(kind: GroupingKind, fields: dict[str, Any], reason: str) -> None:
    stage = Stage()
    issue = stage.issue(ONE)
    given = {name: issue if value == "ITSELF" else value for name, value in fields.items()}
    told = stage.send(a_command(kind, given.pop("issue_id", issue), **given))
    assert [type(each) for each in told] == [CommandResult], "a refusal changes nothing, so there is no news"
    assert isinstance(told[0], CommandResult)
    assert (told[0].applied, told[0].reason) == (False, reason)


def test_a_loop_of_two_is_refused() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    stage.command(GroupingKind.MERGE, one, into=other, command_id="c-1")
    assert stage.command(GroupingKind.MERGE, other, into=one, command_id="c-2").reason == "redirect_loop"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (GroupingKind.MERGE, {"into": "a" * 32}),
        (GroupingKind.HELPER, {"symbol": "a::b", "pin": True}),
        (GroupingKind.REFINE, {"by": "message"}),
        (GroupingKind.ATTACH, {"keys": ("ab" * 16,)}),
    ],
)
def test_a_command_sent_twice_changes_nothing_more(kind: GroupingKind, fields: dict[str, Any]) -> None:
    stage = Stage()
    issue = stage.issue(ONE)
    stage.command(kind, issue, **fields)
    values = dict(stage.values)
    again = stage.command(kind, issue, **fields)
    assert (again.applied, stage.values) == (True, values)


def test_another_partition_does_its_part_and_is_silent() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    told = stage.send(a_command(GroupingKind.MERGE, one, into=other, owner=3))
    assert told == []
    assert stage.issue(ONE) == other


def test_a_command_read_again_is_answered_alike() -> None:
    stage = Stage()
    one, other, _ = three(stage)
    arrived = stage.arrived(a_command(GroupingKind.MERGE, one, into=other))
    first = stage.read(arrived)
    values = dict(stage.values)
    assert (stage.read(arrived), stage.values) == (first, values)
