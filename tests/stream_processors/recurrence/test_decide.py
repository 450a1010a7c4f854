"""The stage on a dict: what is told and remembered, what a repeated record does, markers, discounts."""

import pytest

from schemas.commands import CommandResult, IssueCommandKind
from schemas.kinds import ChangeKind, Severity, Status
from schemas.marks import Marker, Tick
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected
from stream_processors.recurrence.decide import STAGE, decide
from stream_processors.stage import Context, Input, Step
from tests.builders import AT, ISSUE_ID, an_issue_command, numbered
from tests.stream_processors.recurrence.issues import DAY, HOUR, MINUTE, Issues, kinds, only, some_settings
from tests.stream_processors.recurrence.test_users import a_user
from tests.stream_processors.table import EPOCH, Table


def test_the_snapshot_is_complete() -> None:
    issues = Issues()
    issues.happen(user=f"{1:016x}")
    issues.act("assign", 500, to="person:bo", why=("owns shop/*",))
    change = only(issues.happen(MINUTE + 1000, user=f"{2:016x}", release="shop@2.5.0"), ChangeKind.ACTIVE)
    shown = change.issue
    assert (shown.status, shown.severity, shown.severity_why) == (Status.ONGOING, Severity.HIGH, ("unhandled",))
    assert (shown.times_seen, shown.users, shown.users_exact) == (2, 2, True)
    assert (shown.seen_5m, shown.seen_1h, shown.seen_24h, shown.hours) == (2, 2, 2, (0,) * 23 + (2,))
    assert (shown.first_seen_at, shown.last_seen_at) == (AT, AT + MINUTE + 1000)
    assert (shown.event_id, shown.type, shown.release, shown.first_release) == (
        numbered(2),
        "KeyError",
        "shop@2.5.0",
        "shop@2.4.1",
    )
    assert (shown.assignee, shown.assigned_why, shown.assigned_at) == ("person:bo", ("owns shop/*",), AT + 500)
    assert (shown.tags, shown.place, shown.route) == (
        {"browser": "Chrome 126", "shard": "3"},
        "shop/views.py:42",
        "POST /pay",
    )
    assert shown.gap_s > 0


def test_changes_are_numbered_in_the_order_of_their_kinds() -> None:
    told = Issues().happen()
    assert [(change.kind, change.seq, change.source) for change in told] == [
        ("opened", 1, (7, 3, 1, 0)),
        ("rule_met", 2, (7, 3, 1, 1)),
        ("rule_met", 3, (7, 3, 1, 2)),
    ]
    assert {change.cause for change in told} == {f"event:{numbered(1)}"}
    assert len({change.change_id for change in told}) == 3


def test_active_is_told_once_a_minute() -> None:
    issues = Issues()
    told = [kinds(issues.happen(after)) for after in (0, 59_000, 60_000, 60_001, 119_999, 120_000)]
    assert told[1:] == [[], ["active"], [], [], ["active"]]


def test_milestones_are_told_once() -> None:
    issues = Issues()
    told = [change for number in range(120) for change in issues.happen(number, user=a_user(number))]
    names = [change.milestone for change in told if change.kind is ChangeKind.MILESTONE]
    assert sorted(names) == ["total:10", "total:100", "users:10", "users:100"]  # 100 users are an estimate


def test_first_time_in_an_environment_and_a_release_and_age() -> None:
    issues = Issues()
    issues.happen()
    told = issues.happen(30 * DAY, environment="staging", release="shop@9")
    names = [change.milestone for change in told if change.kind is ChangeKind.MILESTONE]
    assert names == ["age:7d", "age:30d", "environment:staging", "release:shop@9"]
    assert "milestone" not in kinds(issues.happen(30 * DAY, environment="staging", release="shop@9"))


def test_a_late_occurrence_counts_where_it_belongs_and_does_not_turn_back_the_clock() -> None:
    issues = Issues()
    issues.happen(3 * HOUR)
    issues.happen(HOUR)
    issues.happen(-100 * DAY)
    counts = issues.memory().hot.counts
    assert (counts.total, counts.first_at, counts.last_at) == (3, AT - 100 * DAY, AT + 3 * HOUR)
    assert counts.hours.counts == (1, 0, 1)


def test_our_own_log_again_tells_nothing() -> None:
    issues = Issues()
    issues.happen()
    kept = dict(issues.table.values)
    assert issues.table.read(issues.table.log[0]) == []
    assert issues.table.values == kept


def test_an_occurrence_published_again_tells_nothing() -> None:
    issues = Issues()
    seen = issues.occurrence()
    issues.table.send(seen)
    issues.happen(1000)
    kept = dict(issues.table.values)
    assert issues.table.send(seen) == []
    assert issues.table.values == kept


def test_a_command_sent_twice_is_one() -> None:
    issues = Issues()
    issues.happen()
    issues.act("resolve", command_id="c-1")
    issues.act("reopen", command_id="c-2")
    assert issues.act("resolve", command_id="c-1") == []
    assert issues.memory().hot.standing.status is Status.ONGOING


def test_a_redriven_occurrence_below_the_mark_counts_once() -> None:
    issues = Issues()
    lost = issues.occurrence()
    issues.happen(1000)
    headers = (("redrive_for", b"recurrence"),)
    assert kinds(issues.table.send(lost, headers=headers)) == []
    assert issues.memory().hot.counts.total == 2
    issues.table.send(lost, headers=headers)
    assert issues.memory().hot.counts.total == 2


def test_a_recreated_topic_begins_anew() -> None:
    issues = Issues()
    issues.happen()
    issues.happen(1000, source=(8, 3, 1, 0))
    assert issues.memory().hot.counts.total == 2


@pytest.mark.parametrize(
    ("position", "total"),
    [
        pytest.param((7, 3, 2, 0), 1, id="an event that was counted"),
        pytest.param((7, 3, 9, 0), 2, id="one that did not come"),
        pytest.param((7, 2, 1, 0), 2, id="one of a partition that never came"),
    ],
)
def test_discount(position: tuple[int, int, int, int], total: int) -> None:
    issues = Issues()
    issues.happen()
    issues.happen(1000)
    issues.act("discount", command_id="d", position=position, received_at=AT + 1000, event_id=numbered(2))
    issues.act("discount", command_id="d", position=position, received_at=AT + 1000, event_id=numbered(2))
    counts = issues.memory().hot.counts
    assert (counts.total, sum(counts.minutes.counts), len(counts.recent) // 8) == (total, total, total)


def test_an_issue_that_was_discounted_away_is_not_born_again() -> None:
    issues = Issues()
    issues.happen()
    issues.act("discount", position=(7, 3, 1, 0), received_at=AT)
    assert "opened" not in kinds(issues.happen(1000))


def test_markers_pass_the_least_of_all_upstream_partitions() -> None:
    table = Table(STAGE, some_settings(), partitions=3)

    def told(at: int, partition: int) -> list[tuple[int, str, int]]:
        found = table.send(Marker(at=at, origin="fingerprint", partition=partition))
        return [(one.at, one.origin, one.partition) for one in found if isinstance(one, Marker)]

    assert [told(50, 0), told(70, 1)] == [[], []]
    assert told(60, 2) == [(50, "recurrence", 0)]
    assert told(90, 0) == [(60, "recurrence", 0)]
    assert told(40, 0) == []
    table.warm()
    assert told(95, 2) == [(70, "recurrence", 0)]


def test_all_that_is_told_stays_in_its_partition() -> None:
    issues = Issues()
    arrived = issues.table.arrived(issues.occurrence())
    moved = Input(arrived.topic, 2, 0, EPOCH, arrived.key, arrived.value, 0)
    verdict = decide(moved, issues.table.context())
    assert isinstance(verdict, Kept)
    assert {(emit.topic, emit.partition, emit.key) for emit in verdict.value.emit} == {
        ("issue-changes", 2, ISSUE_ID.encode())
    }


def test_the_cold_record_is_logged_before_the_one_with_the_marks() -> None:
    issues = Issues()
    verdict = decide(issues.table.arrived(issues.occurrence()), issues.table.context())
    assert isinstance(verdict, Kept)
    assert [put.key[:1] for put in verdict.value.remember] == [b"c", b"i"]


def test_an_answer_of_the_fingerprint_stage_is_passed_on() -> None:
    answer = CommandResult(command_id="g-1", project_id=1, issue_id=ISSUE_ID, at=AT, applied=True)
    assert Issues().table.send(answer) == [answer]


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        pytest.param(
            b'{"record":"tick.v1","at":1,"partition":0}', Kept(Step()), id="a record of another log is skipped"
        ),
        pytest.param(b'{"record":"newer.v9"}', Kept(Step()), id="so is one of a newer version"),
        pytest.param(b"{", Rejected(Reason.NOT_JSON), id="no JSON is refused"),
        pytest.param(b'{"record":"occurrence.v1"}', Rejected(Reason.SCHEMA), id="an incomplete record is refused"),
    ],
)
def test_other_records(value: bytes, verdict: Kept[Step] | Rejected) -> None:
    found = decide(Input("issue-events", 0, 0, EPOCH, b"", value, 0), Issues().table.context())
    assert type(found) is type(verdict)
    if isinstance(found, Rejected) and isinstance(verdict, Rejected):
        assert found.reason is verdict.reason


def test_a_stage_refuses_a_cache_that_is_not_its_own() -> None:
    issues = Issues()
    wrong = Context(issues.table.values.get, some_settings(), None, 1)
    with pytest.raises(TypeError, match="its own warm"):
        decide(issues.table.arrived(issues.occurrence()), wrong)


def test_ticks_are_not_of_this_log() -> None:
    assert Issues().table.send(Tick(at=AT, partition=0)) == []


def test_a_command_before_the_first_occurrence_leaves_no_trace() -> None:
    issues = Issues()
    issues.table.send(an_issue_command(IssueCommandKind.RESOLVE))
    assert issues.table.values == {}
    assert kinds(issues.happen())[0] == "opened"


def test_windows_of_a_busy_issue_are_not_cut_at_the_instants_that_are_kept() -> None:
    issues = Issues()
    for number in range(500):
        issues.happen(number * 100)
    shown = only(issues.happen(2 * MINUTE), ChangeKind.ACTIVE).issue
    assert (shown.seen_5m, shown.seen_1h, shown.seen_24h) == (501, 501, 501)


def test_a_real_issue_is_no_pulse() -> None:
    issues = Issues()
    issues.happen()
    kept = dict(issues.table.values)
    issues.act("observe", 1000, minute_at=AT, count=50, actor="job:pulses")
    assert issues.memory().hot.counts.total == 1
    assert issues.table.values.keys() == kept.keys()


def test_the_table_is_believed_not_the_cache() -> None:
    """A batch that was given up left its decoded records behind."""
    issues = Issues()
    issues.happen()
    kept = dict(issues.table.values)
    issues.happen(1000)
    issues.table.values.clear()
    issues.table.values.update(kept)
    issues.happen(2000)
    assert issues.memory().hot.counts.total == 2
