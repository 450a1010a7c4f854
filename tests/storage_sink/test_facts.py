"""What each record means for history."""

import msgspec
import pytest
from msgspec import Raw

from runtime.source import Message
from schemas.commands import CommandResult, IssueCommandKind
from schemas.kinds import ChangeKind, Status, StepKind
from schemas.marks import Marker
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.record import Record
from schemas.verdict import Kept, Rejected
from schemas.wire import encode
from storage_sink.facts import (
    Changed,
    Fact,
    Passed,
    Seen,
    Stepped,
    Told,
    alerting,
    decide,
    doors,
    first_sights,
    gathered,
    issue_ids,
    newest_snapshots,
)
from storage_sink.trail import ResultRow
from tests.builders import AT, ISSUE_ID, a_change, a_snapshot, a_step, an_issue_command, an_occurrence, numbered


def message(record: Record | bytes, offset: int = 5, topic: str = "issue-events") -> Message:
    value = record if isinstance(record, bytes) else encode(record)
    return Message(topic, 2, offset, 7341, b"", value, AT)


def fact(record: Record, offset: int = 5) -> Fact:
    verdict = decide(message(record, offset))
    assert isinstance(verdict, Kept)
    assert verdict.value is not None
    return verdict.value


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        pytest.param(an_occurrence(), Seen, id="an occurrence is seen"),
        pytest.param(a_change(), Changed, id="a change changes its issue"),
        pytest.param(a_step(), Stepped, id="an alert step is kept"),
        pytest.param(Marker(at=AT, origin="fingerprint", partition=3), Passed, id="a marker passed"),
        pytest.param(
            CommandResult(command_id="c", project_id=1, issue_id=ISSUE_ID, at=AT, applied=True),
            ResultRow,
            id="an answer",
        ),
        pytest.param(
            Outcome(outcome_id="0" * 32, project_id=1, minute_at=AT, stage="gateway", counts=()), Told, id="a count"
        ),
    ],
)
def test_decide_keeps(record: Record, kind: type) -> None:
    assert isinstance(fact(record), kind)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(encode(an_issue_command(IssueCommandKind.RESOLVE)), id="a command is the stage's to judge"),
        pytest.param(b'{"record":"occurrence.v9","x":1}', id="a newer version is passed over"),
    ],
)
def test_decide_passes_over(raw: bytes) -> None:
    assert decide(message(raw)) == Kept(None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"{", Reason.NOT_JSON, id="no JSON"),
        pytest.param(b'{"record":"occurrence.v1"}', Reason.SCHEMA, id="an occurrence without its fields"),
    ],
)
def test_decide_refuses(raw: bytes, reason: Reason) -> None:
    verdict = decide(message(raw))
    assert isinstance(verdict, Rejected)
    assert verdict.reason == reason


def test_keys_carry_the_version_and_the_reason_they_were_hashed_for() -> None:
    seen = fact(an_occurrence(why=Raw(b'{"v":"g1","matched":"site"}')))
    assert isinstance(seen, Seen)
    assert (seen.keys[0].version, bytes(seen.keys[0].why)) == ("g1", b'{"v":"g1","matched":"site"}')
    assert (seen.keys[0].source_partition, seen.keys[0].source_offset) == (3, 88213)
    assert (seen.keys[0].anchor, seen.keys[0].opener) == (0x0011223344556677, True)


def test_a_pulse_of_counts_is_no_news() -> None:
    changed = fact(a_change(kind=ChangeKind.ACTIVE))
    assert isinstance(changed, Changed)
    assert changed.activity is None
    told = fact(a_change(reason="first occurrence"))
    assert isinstance(told, Changed)
    assert told.activity is not None
    assert told.activity.detail.reason == "first occurrence"


def test_a_step_is_kept_as_it_travelled() -> None:
    raw = encode(a_step())[:-1] + b',"unknown":1}'
    verdict = decide(message(raw))
    assert isinstance(verdict, Kept)
    assert isinstance(verdict.value, Stepped)
    assert msgspec.json.decode(verdict.value.row.step)["unknown"] == 1


def test_an_occurrence_describes_a_new_issue_better_than_a_snapshot() -> None:
    facts = gathered([
        fact(a_step(issue_id=numbered(3), brief=a_snapshot(title="by step"))),
        fact(a_change(issue_id=numbered(2), issue=a_snapshot(title="by change"))),
        fact(a_step(issue_id=numbered(2), brief=a_snapshot(title="by step"))),
        fact(a_change(issue_id=numbered(1), issue=a_snapshot(title="by change"))),
        fact(an_occurrence(issue_id=numbered(1), title="by occurrence")),
        fact(an_occurrence(issue_id=numbered(1), title="by a later one")),
        None,
    ])  # fmt: skip
    assert issue_ids(facts) == [numbered(1), numbered(2), numbered(3)]
    assert [row.title for row in first_sights(facts, issue_ids(facts))] == ["by occurrence", "by change", "by step"]
    assert [row.issue_id for row in first_sights(facts, [numbered(2)])] == [numbered(2)]


def test_the_newest_snapshot_of_each_issue_counts() -> None:
    facts = gathered([
        fact(a_change(issue_id=numbered(2)), 1),
        fact(a_change(issue_id=numbered(1), issue=a_snapshot(status=Status.NEW)), 2),
        fact(a_change(issue_id=numbered(1), issue=a_snapshot(status=Status.RESOLVED)), 3),
    ])  # fmt: skip
    found = [(row.issue_id, row.changed_offset, row.status) for row in newest_snapshots(facts)]
    assert found == [(numbered(1), 3, Status.RESOLVED), (numbered(2), 1, Status.NEW)]


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        pytest.param([StepKind.OPEN], "firing", id="opened"),
        pytest.param([StepKind.OPEN, StepKind.ACKED], "acked", id="taken"),
        pytest.param([StepKind.OPEN, StepKind.ACKED, StepKind.UNACKED], "firing", id="given back"),
        pytest.param([StepKind.OPEN, StepKind.CLOSED], "idle", id="closed"),
        pytest.param([StepKind.OPEN, StepKind.UPDATE, StepKind.UNHANDLED], "firing", id="what says nothing about it"),
    ],
)
def test_alerting(kinds: list[StepKind], state: str) -> None:
    facts = gathered(fact(a_step(step_id=str(number), kind=kind)) for number, kind in enumerate(kinds))
    assert alerting(facts) == [(ISSUE_ID, state)]


def test_the_last_word_of_each_door_that_names_itself() -> None:
    def told(number: int, process: str, spool_oldest_at: int = 0) -> Fact:
        return fact(
            Outcome(
                outcome_id=numbered(number),
                project_id=0,
                minute_at=AT,
                stage="gateway",
                counts=(),
                process=process,
                spool_oldest_at=spool_oldest_at,
            )
        )

    facts = gathered([told(1, "b"), told(2, "a", 5), told(3, "b", 7), told(4, "")])
    assert doors(facts) == [("a", "gateway", AT, 5), ("b", "gateway", AT, 7)]
