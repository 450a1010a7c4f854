"""The choice by the table: order, conflicts, bounds, versions (grouping.md 5.1 and 6.4)."""

import msgspec
import pytest

from domain.ids import issue_id
from domain.snapshot import Snapshot
from schemas.commands import GroupingKind
from schemas.error_event import ErrorEvent
from schemas.kinds import Matched
from schemas.settings.project import ProjectSettings
from stream_processors.fingerprint.choose import MAX_PATHS
from stream_processors.fingerprint.fingerprint import fingerprints, sighting
from stream_processors.fingerprint.helpers import is_starter
from stream_processors.fingerprint.rehearsal import slim
from stream_processors.fingerprint.stack import stack_of
from stream_processors.fingerprint.table import LAYOUT, RESTORED, Entry, entry_key, pack
from tests.stream_processors.fingerprint.events import Stage, an_error, at, raised, why_of


def error(line: str = "x = y['z']", caller: str = "run", function: str = "pay") -> ErrorEvent:
    return an_error(
        raised("KeyError", "no such thing", at(f"shop.a::{function}", line), at(f"shop.b::{caller}", "f()"))
    )


def test_the_issue_is_named_by_the_first_key_of_its_opener() -> None:
    found = Stage().occurrence(error())
    assert found.issue_id == issue_id(1, found.key)


def test_site_and_path_that_lead_apart_are_a_conflict_and_the_site_wins() -> None:
    stage = Stage()
    site_issue = stage.issue(error(line="a = b['z']", caller="run"))
    path_issue = stage.issue(error(line="c = d['z']", caller="loop"))
    assert site_issue != path_issue
    found = stage.occurrence(error(line="a = b['z']", caller="loop"))
    assert (found.issue_id, found.matched, found.conflict) == (site_issue, Matched.SITE, path_issue)


def test_no_conflict_where_both_agree() -> None:
    stage = Stage()
    stage.issue(error())
    assert stage.occurrence(error()).conflict == ""


def test_a_site_is_met_by_64_paths_and_no_more_are_written() -> None:
    stage = Stage()
    issue = stage.issue(error(caller="first"))
    found = [stage.occurrence(error(caller=f"caller{number}")) for number in range(MAX_PATHS + 2)]
    assert {each.issue_id for each in found} == {issue}
    taught = [[key.kind for key in each.new_keys] for each in found]
    assert Matched.PATH in taught[MAX_PATHS - 1]
    assert Matched.PATH not in taught[MAX_PATHS]
    assert why_of(found[MAX_PATHS]).full


def test_a_merged_issues_new_keys_stay_its_own() -> None:
    stage = Stage()
    one, other = stage.issue(error()), stage.issue(error(function="ship"))
    stage.command(GroupingKind.MERGE, one, into=other)
    found = stage.occurrence(error(caller="loop"))
    assert found.issue_id == other
    assert {key.issue for key in found.new_keys} == {one}
    assert {key.issue for key in stage.occurrence(error(function="ship", caller="loop")).new_keys} == {""}


def test_commands_without_a_key_leave_single_key_kinds_alone() -> None:
    stage = Stage()
    event = an_error(raised("E", "x", at("a.b::c")), fingerprint=("mine",))
    assert stage.occurrence(event).matched is Matched.OPENED
    assert stage.occurrence(event).matched is Matched.CUSTOM


def of_version(stage: Stage, event: ErrorEvent, version: str, issue: str) -> None:
    """As the stage left it when it was of that version."""
    narrow = slim(event)
    stack = stack_of(narrow.exceptions[narrow.root].frames, narrow.platform)
    for key in fingerprints(sighting(narrow, stack), is_starter, version).search:
        entry = Entry(LAYOUT, 1, bytes.fromhex(issue), b"", True, *RESTORED)
        stage.values[entry_key(1, key.digest)] = pack(entry)


OLD = "ab" * 16


def in_transition(version: str) -> Snapshot:
    return Snapshot.of({"project:1": ProjectSettings(slug="shop", name="Shop", previous_version=version)})


@pytest.mark.parametrize(("previous", "carried"), [("g0", True), ("", False), ("g1", False)])
def test_an_issue_is_carried_into_a_new_version(previous: str, carried: bool) -> None:
    stage = Stage(in_transition(previous))
    of_version(stage, error(), "g0", OLD)
    found = stage.occurrence(error())
    assert (found.issue_id == OLD) is carried
    assert found.new_keys, "the keys of this version are taught"
    assert not carried or not any(key.opener for key in found.new_keys)


def test_what_was_carried_over_no_longer_needs_the_old_version() -> None:
    stage = Stage(in_transition("g0"))
    of_version(stage, error(), "g0", OLD)
    stage.issue(error())
    stage.settings = Snapshot()
    stage.warm()
    assert stage.issue(error()) == OLD


def test_entries_of_another_epoch_are_older_ones() -> None:
    """The topic was made anew: what was known then is known now."""
    stage = Stage()
    issue = stage.issue(error())
    arrived = msgspec.structs.replace(
        stage.arrived(msgspec.structs.replace(error(), event_id="f" * 32)), epoch=78, offset=0
    )
    (found,) = stage.read(arrived)
    assert getattr(found, "issue_id", "") == issue
    assert getattr(found, "new_keys", None) == ()
