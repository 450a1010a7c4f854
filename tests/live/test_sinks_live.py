"""sink-postgres on a real PostgreSQL: each fact once, whatever is repeated, refused or away."""

import threading
from collections.abc import Iterator

import msgspec
import pytest

from runtime.consumer import Unavailable
from schemas.commands import CommandResult
from schemas.kinds import ChangeKind, Severity, Status, StepKind
from schemas.marks import Marker
from schemas.outcome import Outcome
from schemas.reasons import Reason
from storage_sink import migrate
from storage_sink.ledger import Lost
from storage_sink.traits import Known
from tests.builders import AT, ISSUE_ID, a_change, a_snapshot, a_step, an_occurrence, numbered
from tests.storage_sink.servers import Postgres, postgres
from tests.storage_sink.stores import EPOCH, Bench, Log

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as started:
        migrate.prepare(started.dsn(), "gregor", {})
        migrate.apply(started.dsn("gregor_owner", "gregor"))
        yield started


@pytest.fixture
def bench(server: Postgres) -> Iterator[Bench]:
    made = Bench(server)
    made.empty()
    yield made
    made.store.close()


def some(count: int, first: int = 0) -> list[object]:
    return [
        an_occurrence(event_id=numbered(first + n), source=(EPOCH, 0, first + n, 0), issue_id=numbered(n % 3))
        for n in range(count)
    ]


# ---- each event once


def test_a_batch_is_stored_with_all_its_sums(bench: Bench) -> None:
    bench.settle(Log().of(some(10)))
    assert bench.one("select count(*) from gregor.occurrences") == 10
    assert bench.rows("select times_seen, shelf from gregor.issue_counts order by issue_id") == [(4, 1), (3, 1), (3, 1)]
    for table in ("issue_environments", "issue_releases", "issue_daily", "project_hourly"):
        assert bench.one(f"select sum(times_seen) from gregor.{table}") == 10
    assert bench.rows("select stage, reason, events from gregor.outcomes") == [("sink-postgres", "stored", 10)]
    assert bench.rows("select number from gregor.issues order by number") == [(1,), (2,), (3,)]
    assert bench.one("select count(*) from gregor.issue_search") == 3
    assert bench.rows("select topic, partition, epoch, next_offset from gregor.sink_positions") == [
        ("issue-events", 0, EPOCH, 10)
    ]


def test_the_same_batch_again_changes_nothing(bench: Bench) -> None:
    messages = Log().of(some(10))
    bench.settle(messages)
    before = bench.rows("select * from gregor.issue_counts order by issue_id")
    bench.settle(messages)
    bench.another().settle([])
    assert bench.rows("select * from gregor.issue_counts order by issue_id") == before
    assert bench.one("select count(*) from gregor.occurrences") == 10
    assert bench.wire.sent == []


def test_an_upstream_repeat_is_stored_once_and_not_discounted(bench: Bench) -> None:
    log = Log()
    bench.settle(log.of([an_occurrence()]))
    bench.settle(log.of([an_occurrence()]))
    bench.settle(log.of([an_occurrence(), an_occurrence()]))
    assert bench.one("select times_seen from gregor.issue_counts") == 1
    assert bench.wire.sent == []


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(0, id="on the same day"),
        pytest.param(DAY_MS, id="after midnight"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
def test_an_event_id_at_another_position_is_stored_once_and_discounted(
    bench: Bench, later: int, together: bool
) -> None:
    first = an_occurrence()
    again = an_occurrence(source=(EPOCH, 1, 999, 0), received_at=AT + 123 + later)
    batches = [[first, again]] if together else [[first], [again]]
    log = Log()
    for batch in batches:
        bench.settle(log.of(batch))
    assert bench.one("select count(*) from gregor.occurrences") == 1
    assert bench.one("select times_seen from gregor.issue_counts") == 1
    (command,) = bench.wire.records("issue-events")
    assert (command["kind"], command["position"]) == ("discount", [EPOCH, 1, 999, 0])
    (outcome,) = bench.wire.records("outcomes")
    assert outcome["counts"] == [["duplicate", 1]]


def test_control_without_the_claims_key_the_double_is_seen(bench: Bench) -> None:
    """Were this green with the key dropped, the tests above would prove nothing."""
    bench.server.execute("alter table gregor.event_claims drop constraint event_claims_pkey")
    try:
        log = Log()
        for position in ((EPOCH, 0, 1, 0), (EPOCH, 1, 999, 0)):
            bench.settle(log.of([an_occurrence(source=position)]))
        assert bench.one("select count(*) from gregor.occurrences") == 2
    finally:
        bench.empty()
        bench.server.execute("alter table gregor.event_claims add primary key (project_id, event_id)")


def test_what_must_be_told_is_acknowledged_before_the_commit(bench: Bench) -> None:
    log = Log()
    bench.settle(log.of([an_occurrence()]))
    bench.wire.fails = 1
    again = log.of([an_occurrence(source=(EPOCH, 1, 999, 0))])
    with pytest.raises(Unavailable):
        bench.settle(again)
    assert bench.one("select next_offset from gregor.sink_positions") == 1
    bench.settle(again)
    assert [record["kind"] for record in bench.wire.records("issue-events")] == ["discount"]
    assert bench.one("select next_offset from gregor.sink_positions") == 2


def test_a_zombie_finds_nothing_to_do(bench: Bench) -> None:
    messages = Log().of(some(6))
    bench.settle(messages[:4])
    bench.another().settle([])
    bench.settle(messages)
    assert bench.one("select count(*) from gregor.occurrences") == 6
    assert bench.one("select sum(times_seen) from gregor.issue_counts") == 6


def test_two_sinks_at_once_store_each_event_once(bench: Bench) -> None:
    messages = Log().of(some(300))
    other = Bench(bench.server)
    errors: list[BaseException] = []

    def work(mine: Bench) -> None:
        try:
            for start in range(0, 300, 30):
                mine.settle(messages[start : start + 30])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in (bench, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.store.close()
    assert errors == []
    assert bench.one("select count(*) from gregor.occurrences") == 300
    assert bench.one("select sum(times_seen) from gregor.issue_counts") == 300
    assert other.wire.sent == bench.wire.sent == []


def test_two_sinks_of_different_partitions_share_issues(bench: Bench) -> None:
    other = Bench(bench.server)
    logs = Log(partition=0), Log(partition=1)
    batches = [
        [log.of(some(30, first=10_000 * (number + 1) + 100 * batch)) for batch in range(10)]
        for number, log in enumerate(logs)
    ]
    errors: list[BaseException] = []

    def work(mine: Bench, parts: list[list[object]]) -> None:
        try:
            for part in parts:
                mine.settle(part)  # type: ignore[arg-type]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip((bench, other), batches, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.store.close()
    assert errors == []
    assert bench.one("select sum(times_seen) from gregor.issue_counts") == 600
    assert bench.one("select count(distinct number) from gregor.issues") == 3


def test_tags_and_users_of_an_issue_are_written_once(bench: Bench) -> None:
    log = Log()
    for sink in (bench.ledger, bench.another()):
        bench.ledger = sink
        bench.settle(log.of([an_occurrence(event_id=numbered(log.offset), source=(EPOCH, 0, log.offset, 0))]))
    assert bench.rows("select name, value, first_seen_at from gregor.issue_tags order by 1") == [
        ("browser", "Chrome 126", AT + 123),
        ("shard", "3", AT + 123),
    ]
    assert bench.rows("select count(*), min(first_seen_at) from gregor.issue_users") == [(1, AT + 123)]


# ---- order and gaps


def test_records_that_expired_unread_stop_the_sink_until_told_otherwise(bench: Bench) -> None:
    log = Log()
    bench.settle(log.of(some(2)))
    log.offset += 5
    late = log.of(some(2, first=50))
    with pytest.raises(Lost):
        bench.settle(late)
    assert bench.one("select count(*) from gregor.occurrences") == 2
    bench.ledger = bench.another(accept_loss=True)
    bench.settle(late)
    assert bench.one("select count(*) from gregor.occurrences") == 4


def test_a_topic_made_anew_begins_anew(bench: Bench) -> None:
    bench.settle(Log().of(some(5)))
    fresh = [msgspec.structs.replace(message, epoch=EPOCH + 1) for message in Log().of(some(2, first=100))]
    bench.settle(fresh)
    assert bench.one("select count(*) from gregor.occurrences") == 7
    assert bench.rows("select epoch, next_offset from gregor.sink_positions") == [(EPOCH + 1, 2)]


# ---- issues and their trail


def test_an_occurrence_then_a_snapshot(bench: Bench) -> None:
    bench.settle(Log().of([an_occurrence()]))
    bench.settle(Log("issue-changes").of([a_change(issue=a_snapshot(severity=Severity.HIGH, times_seen=1, users=1))]))
    assert bench.rows("select status, severity, counted, users, number from gregor.issues") == [("new", 2, 1, 1, 1)]
    assert bench.one("select times_seen from gregor.issue_counts") == 1
    assert bench.rows("select kind, detail ->> 'severity' from gregor.activity") == [("opened", "high")]


def test_a_snapshot_then_an_occurrence(bench: Bench) -> None:
    bench.settle(Log("issue-changes").of([a_change()]))
    assert bench.one("select times_seen from gregor.issue_counts") == 0
    bench.settle(Log().of([an_occurrence()]))
    assert bench.rows("select status, severity, title from gregor.issues") == [("new", 2, "KeyError: 'amount'")]
    assert bench.one("select times_seen from gregor.issue_counts") == 1


def test_an_older_snapshot_takes_nothing_back(bench: Bench) -> None:
    log = Log("issue-changes", offset=10)
    resolved = a_change(change_id=numbered(2), kind=ChangeKind.RESOLVED, issue=a_snapshot(status=Status.RESOLVED))
    bench.settle(log.of([resolved]))
    bench.server.execute("update gregor.sink_positions set next_offset = 3")
    bench.settle(Log("issue-changes", offset=3).of([a_change(change_id=numbered(1))]))
    assert bench.rows("select status, is_open, changed_offset from gregor.issues") == [("resolved", False, 10)]
    assert bench.one("select shelf from gregor.issue_counts") == 2


def test_the_shelf_follows_the_status(bench: Bench) -> None:
    log = Log("issue-changes")
    for status, merged_into, shelf in (
        (Status.NEW, "", 1),
        (Status.RESOLVED, "", 2),
        (Status.REGRESSED, "", 1),
        (Status.ONGOING, "a" * 32, 0),
    ):
        change = a_change(change_id=numbered(log.offset), issue=a_snapshot(status=status, merged_into=merged_into))
        bench.settle(log.of([change]))
        assert bench.one("select shelf from gregor.issue_counts") == shelf


def test_an_alert_step_before_everything_else(bench: Bench) -> None:
    log = Log("alerts")
    bench.settle(log.of([a_step()]))
    assert bench.rows("select alerting, status from gregor.issues") == [("firing", "new")]
    bench.settle(log.of([a_step(step_id="e:acked:1", kind=StepKind.ACKED), a_step(step_id="e:acked:1")]))
    assert bench.one("select count(*) from gregor.alert_steps") == 2
    assert bench.one("select step ->> 'reason' from gregor.alert_steps limit 1") == "rule_met rule:1:high"
    bench.settle(log.of([a_step(step_id="e:closed:2", kind=StepKind.CLOSED)]))
    assert bench.one("select alerting from gregor.issues") == "idle"


def test_keys_are_kept_with_their_reason_by_the_first_that_taught_them(bench: Bench) -> None:
    bench.settle(Log().of([an_occurrence(), an_occurrence(event_id=numbered(2), source=(EPOCH, 0, 1, 0))]))
    assert bench.rows("select opener, kind, source_offset, example_event_id::text from gregor.issue_keys") == [
        (True, 1, 88213, "9f3ab1c2-d4e5-f607-1829-3a4b5c6d7e8f")
    ]


def test_the_first_answer_to_a_command_stands(bench: Bench) -> None:
    def answer(applied: bool) -> CommandResult:
        return CommandResult(command_id="c-1", project_id=1, issue_id=ISSUE_ID, at=AT, applied=applied)

    bench.settle(Log("issue-changes").of([answer(True), answer(False)]))
    assert bench.rows("select command_id, applied, change_id from gregor.command_results") == [("c-1", True, None)]


def test_an_outcome_that_is_sent_again_counts_once(bench: Bench) -> None:
    def told(number: int) -> Outcome:
        return Outcome(
            outcome_id=numbered(number), project_id=0, minute_at=AT, stage="gateway", counts=(("auth_unknown", 2),)
        )

    log = Log("outcomes")
    bench.settle(log.of([told(1), told(1), told(2)]))
    bench.settle(log.of([told(2)]))
    assert bench.rows("select project_id, reason, events from gregor.outcomes") == [(0, "auth_unknown", 4)]


def test_the_last_word_of_a_door_is_kept(bench: Bench) -> None:
    def said(number: int, spool_oldest_at: int) -> Outcome:
        return Outcome(
            outcome_id=numbered(number),
            project_id=0,
            minute_at=AT,
            stage="gateway",
            counts=(),
            process="gateway-1",
            spool_oldest_at=spool_oldest_at,
        )

    log = Log("outcomes")
    bench.settle(log.of([said(1, AT - 9)]))
    bench.settle(log.of([said(2, AT - 8), said(3, 0)]))
    assert bench.rows("select * from gregor.doors") == [("gateway-1", "gateway", AT, 0)]


def test_the_watermark_rises_with_the_markers_of_all_upstream_partitions(bench: Bench) -> None:
    def marker(upstream: int, at: int) -> Marker:
        return Marker(at=at, origin="fingerprint", partition=upstream)

    log = Log()
    bench.settle(log.of([marker(0, AT)]))
    assert bench.one("select watermark_at from gregor.sink_positions") == 0
    bench.settle(log.of([marker(1, AT - 5)]))
    assert bench.one("select fresh_at from gregor.pipeline_freshness") == AT - 5
    bench.ledger = bench.another()
    bench.settle(log.of([marker(0, AT + 9)]))
    assert bench.one("select watermark_at from gregor.sink_positions") == AT - 5, "a new start takes nothing back"


def test_a_stage_that_speaks_for_its_own_partition_needs_one_marker(bench: Bench) -> None:
    bench.ledger.begin({"issue-changes": 2, "alerts": 1})
    assert bench.rows("select fresh_at, partitions from gregor.pipeline_freshness order by topic") == [(0, 1), (0, 2)]
    for topic, partition in (("issue-changes", 0), ("issue-changes", 1), ("alerts", 0)):
        log = Log(topic, partition)
        bench.settle(log.of([Marker(at=AT + partition, origin="recurrence", partition=partition)]))
    assert bench.rows("select topic, fresh_at from gregor.pipeline_freshness order by topic") == [
        ("alerts", AT),
        ("issue-changes", AT),
    ]


# ---- days


def test_days_are_made_as_they_are_needed_and_ahead(bench: Bench) -> None:
    old = AT - 40 * DAY_MS
    bench.settle(Log().of([an_occurrence(), an_occurrence(event_id=numbered(2), received_at=old)]))
    assert bench.one("select count(*) from gregor.occurrences_default") == 0
    parts = [
        name for (name,) in bench.rows("select relname from pg_class where relname ~ '^occurrences_2026[0-9]{4}$'")
    ]
    assert {"occurrences_20260325", "occurrences_20260503", "occurrences_20260504", "occurrences_20260511"} <= set(
        parts
    )


def test_what_fell_into_the_default_partition_moves_when_its_day_is_made(bench: Bench) -> None:
    far = AT + 5000 * DAY_MS
    bench.settle(Log().of([an_occurrence(received_at=far)]))
    assert bench.one("select count(*) from gregor.occurrences_default") == 1
    assert bench.one("select gregor.make_days(date '2040-01-11', 2)") == 2
    assert bench.one("select count(*) from gregor.occurrences_default") == 0
    assert bench.one("select count(*) from gregor.occurrences") == 1
    assert bench.one("select gregor.make_days(date '2040-01-11', 2)") == 0
    assert bench.one("select gregor.drop_day(date '2040-01-11')") == 1
    assert bench.one("select count(*) from gregor.event_claims") == 0
    bench.server.execute("select gregor.drop_day(date '2040-01-12')")


# ---- poison


POISON = [
    pytest.param({"title": "a\x00b"}, id="a NUL in text"),
    pytest.param({"tags": {"browser": "\x00"}}, id="a NUL in JSON"),
    pytest.param({"received_at": 10**30}, id="an instant beyond 64 bits"),
    pytest.param({"source": (EPOCH, 70_000, 1, 0)}, id="a partition beyond 16 bits"),
    pytest.param({"occurred_at": -(2**63) - 1}, id="an instant below 64 bits"),
]


@pytest.mark.parametrize("fields", POISON)
def test_one_poisoned_row_costs_one_dead_letter(bench: Bench, fields: dict[str, object]) -> None:
    poison = an_occurrence(**({"event_id": numbered(999), "source": (EPOCH, 0, 999, 0)} | fields))
    good = some(40)
    assert bench.settle(Log().of([*good[:17], poison, *good[17:]])) == 1
    assert bench.one("select count(*) from gregor.occurrences") == 40
    assert bench.one("select next_offset from gregor.sink_positions") == 41
    letters = [value for topic, _, value in bench.wire.sent if topic == "dead-letters"]
    assert len(letters) == 1
    assert [record["counts"] for record in bench.wire.records("outcomes")] == [[["dead_letter", 1]]]


def test_a_poisoned_change_and_step_cost_a_dead_letter_each(bench: Bench) -> None:
    changes = [a_change(), a_change(change_id=numbered(2), reason="\x00")]
    assert bench.settle(Log("issue-changes").of(changes)) == 1
    assert bench.settle(Log("alerts").of([a_step(reason="\x00"), a_step(step_id="e:2")])) == 1
    assert bench.one("select count(*) from gregor.activity") == 1
    assert bench.one("select count(*) from gregor.alert_steps") == 1


def test_what_cannot_be_read_is_a_dead_letter_and_passed(bench: Bench) -> None:
    good = some(2)
    assert bench.settle(Log().of([good[0], b"{", b'{"record":"occurrence.v1"}', good[1]])) == 2
    assert bench.one("select next_offset from gregor.sink_positions") == 4
    letters = [value for topic, _, value in bench.wire.sent if topic == "dead-letters"]
    assert letters == [b"{", b'{"record":"occurrence.v1"}']


class Broken(Known):
    """A memory with a bug: one issue ends every question about it."""

    def __contains__(self, trait: object) -> bool:
        if isinstance(trait, tuple) and trait[0] == numbered(7):
            raise ZeroDivisionError
        return False


def test_a_bug_of_ours_costs_one_dead_letter_not_the_partition(bench: Bench) -> None:
    bench.ledger.known = Broken()
    good = some(20)
    assert bench.settle(Log().of([*good[:9], an_occurrence(issue_id=numbered(7)), *good[9:]])) == 1
    assert bench.one("select count(*) from gregor.occurrences") == 20
    assert len([topic for topic, *_ in bench.wire.sent if topic == "dead-letters"]) == 1


# ---- the store busy, or away


def test_a_deadlock_is_tried_again_not_dead_lettered(bench: Bench) -> None:
    bench.server.execute(
        "create sequence gregor.tries; grant usage on sequence gregor.tries to gregor_sink;"
        "create function gregor.busy() returns trigger language plpgsql as $$ begin"
        " if nextval('gregor.tries') <= 3 then raise exception 'busy' using errcode = '40P01'; end if;"
        " return new; end $$;"
        "create trigger busy before insert on gregor.issues for each row execute function gregor.busy()"
    )
    try:
        assert bench.settle(Log().of([an_occurrence()])) == 0
    finally:
        bench.server.execute(
            "drop trigger busy on gregor.issues; drop function gregor.busy; drop sequence gregor.tries"
        )
    assert bench.one("select count(*) from gregor.occurrences") == 1
    assert bench.wire.sent == []


def test_a_killed_connection_is_made_again(bench: Bench) -> None:
    log = Log()
    bench.settle(log.of(some(3)))
    bench.server.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gregor-sink'"
    )
    more = log.of(some(3, first=10))
    with pytest.raises(Unavailable):
        bench.settle(more)
    bench.settle(more)
    assert bench.one("select count(*) from gregor.occurrences") == 6


def test_a_missing_right_is_waited_for_not_dead_lettered(bench: Bench) -> None:
    messages = Log().of(some(3))
    bench.server.execute("revoke insert on gregor.issues from gregor_sink")
    with pytest.raises(Unavailable, match="permission denied"):
        bench.settle(messages)
    bench.server.execute("grant insert on gregor.issues to gregor_sink")
    bench.settle(messages)
    assert bench.one("select count(*) from gregor.occurrences") == 3
    assert bench.wire.sent == []
    assert Reason.STORE_REFUSED  # the reason it must not have
