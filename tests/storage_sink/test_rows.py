"""Issues as rows."""

import pytest

from schemas.kinds import Severity, Status
from storage_sink.rows import (
    CLOSED_SHELF,
    MERGED_SHELF,
    NOBODY,
    OPEN_SHELF,
    described,
    shelf_of,
    sighted,
    signed,
    snapshot_row,
)
from tests.builders import AT, EVENT_ID, ISSUE_ID, a_change, a_snapshot, an_occurrence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0000000000000001", 1, id="small"),
        pytest.param("ffffffffffffffff", -1, id="the highest bit is the sign"),
        pytest.param("", None, id="nothing"),
        pytest.param("abc", None, id="too short"),
        pytest.param("zzzzzzzzzzzzzzzz", None, id="no hex"),
    ],
)
def test_signed(text: str, expected: int | None) -> None:
    assert signed(text) == expected


@pytest.mark.parametrize(
    ("status", "merged_into", "shelf"),
    [
        pytest.param(Status.NEW, "", OPEN_SHELF, id="new is open"),
        pytest.param(Status.REGRESSED, "", OPEN_SHELF, id="regressed is open"),
        pytest.param(Status.RESOLVED, "", CLOSED_SHELF, id="resolved is closed"),
        pytest.param(Status.SNOOZED, "", CLOSED_SHELF, id="snoozed is closed"),
        pytest.param(Status.ONGOING, "a" * 32, MERGED_SHELF, id="merged wins over its status"),
    ],
)
def test_shelf_of(status: Status, merged_into: str, shelf: int) -> None:
    assert shelf_of(a_snapshot(status=status, merged_into=merged_into)) == shelf


def test_an_occurrence_shows_its_issue() -> None:
    row = sighted(an_occurrence())
    assert (row.issue_id, row.status, row.severity, row.shelf) == (ISSUE_ID, Status.NEW, 1, OPEN_SHELF)
    assert (row.first_event_id, row.first_seen_at, row.last_seen_at) == (EVENT_ID, AT + 123, AT + 123)
    assert row.words.split() == ["keyerror", "key", "error", "amount", "shop", "views", "pay", "py", "42"]
    assert row.plain == "keyerror\nkeyerror: 'amount'\nshop.views::pay\nshop/views.py:42\nshop"


def test_a_snapshot_shows_its_issue_before_any_occurrence() -> None:
    row = described(ISSUE_ID, 1, AT, a_snapshot(status=Status.RESOLVED, first_release="shop@1", event_id=""))
    assert (row.status, row.severity, row.shelf) == (Status.RESOLVED, 2, CLOSED_SHELF)
    assert (row.first_release, row.first_event_id) == ("shop@1", NOBODY)


def test_a_snapshot_carries_its_place_and_leaves_empty_what_is_not_set() -> None:
    row = snapshot_row(a_change(seq=7, issue=a_snapshot(severity=Severity.CRITICAL, times_seen=9)), 7341, 55)
    assert (row.changed_epoch, row.changed_offset, row.seq, row.severity, row.counted) == (7341, 55, 7, 3, 9)
    assert (row.assignee, row.assigned_at, row.assigned_why, row.merged_into) == (None, None, None, None)
