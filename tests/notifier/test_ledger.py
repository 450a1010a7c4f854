from typing import Any

import psycopg
import pytest

from notifier.decide import decide
from notifier.ledger.decisions import Ledger, Recorded
from notifier.plan import Decision, Memory
from notifier.postgres import conninfo
from runtime.consumer import Unavailable
from schemas.alert_step import AlertStep
from schemas.kinds import Severity, StepKind
from schemas.record import Instant
from tests.notifier.town import a_world, an_alert

Store = psycopg.Connection[tuple[Any, ...]]
OPEN, ACKED, CLOSED = (
    an_alert(),
    an_alert(StepKind.ACKED, "1", actor="person:ann"),
    an_alert(StepKind.CLOSED, "2", reason="quiet"),
)


def judge(step: AlertStep, memory: Memory, at: Instant) -> Decision:
    return decide(step, a_world(), memory, at)


def record(dsn: str, *steps: AlertStep) -> list[Recorded]:
    ledger = Ledger(conninfo(dsn, ""), lambda point: None)
    try:
        return ledger.record(steps, a_world(), judge)
    finally:
        ledger.close()


def states(store: Store) -> dict[str, str]:
    rows = store.execute("select recipient || ' ' || channel || ' ' || kind, state from deliveries order by 1")
    return dict(rows.fetchall())


def episode(store: Store) -> tuple[Any, ...]:
    row = store.execute("select state, severity, acked_by, closed_why, labels->>'subject' from episodes").fetchone()
    assert row is not None
    return row


def test_a_step_becomes_a_decision_an_episode_and_rows(dsn: str, store: Store) -> None:
    (done,) = record(dsn, OPEN)
    assert not done.again
    assert episode(store) == ("firing", 2, None, None, "[shop] KeyError: 'amount'")
    assert set(states(store).values()) == {"pending"}
    row = store.execute("select settings_position, jsonb_array_length(recipients) from decisions").fetchone()
    assert row == (7, len(done.considered))


def test_delays_count_from_the_decision(dsn: str, store: Store) -> None:
    record(dsn, OPEN)
    rows = store.execute("select channel, next_attempt_at - decided_at from deliveries where recipient = 'person:ann'")
    assert dict(rows.fetchall()) == {"email": 0, "sms": 600_000}


@pytest.mark.parametrize("twice", [(OPEN, OPEN), (OPEN,)], ids=["in one batch", "in the next batch"])
def test_a_replay_decides_nothing_and_answers_from_its_row(
    dsn: str, store: Store, twice: tuple[AlertStep, ...]
) -> None:
    first = record(dsn, *twice)[0]
    before = store.execute("select delivery_id, decided_at, state from deliveries order by 1").fetchall()
    again = record(dsn, OPEN)[0]
    assert again.again
    assert (again.considered, again.at) == (first.considered, first.at)
    assert store.execute("select delivery_id, decided_at, state from deliveries order by 1").fetchall() == before
    assert store.execute("select count(*) from decisions").fetchone() == (1,)


def test_a_row_that_is_there_stays_as_it_is(dsn: str, store: Store) -> None:
    """Also when its decision was trimmed meanwhile: ids alone keep a message from going twice."""
    record(dsn, OPEN)
    store.execute("update deliveries set state = 'accepted'; delete from decisions")
    record(dsn, OPEN)
    assert set(states(store).values()) == {"accepted"}


def test_an_acknowledgement_cancels_what_is_still_waiting(dsn: str, store: Store) -> None:
    record(dsn, OPEN)
    store.execute("update deliveries set state = 'accepted' where recipient = 'person:ben'")
    record(dsn, ACKED)
    assert states(store) == {
        "person:ann email open": "cancelled",
        "person:ann sms open": "cancelled",
        "person:ben email open": "accepted",
    }
    assert episode(store)[:3] == ("acked", 2, "person:ann")


def test_the_end_cancels_and_is_told_to_whoever_was_told(dsn: str, store: Store) -> None:
    record(dsn, OPEN)
    store.execute("update deliveries set state = 'accepted' where recipient = 'person:ben'")
    record(dsn, CLOSED)
    assert states(store)["person:ben email closed"] == "pending"
    assert "person:ann email closed" not in states(store)
    assert episode(store)[0::3] == ("closed", "quiet")


@pytest.mark.parametrize(
    ("steps", "state", "acked_by"),
    [
        pytest.param((OPEN, ACKED, an_alert(StepKind.UNACKED, "2")), "firing", None, id="unacknowledged"),
        pytest.param((OPEN, CLOSED, an_alert(StepKind.REOPENED, "3")), "firing", None, id="back, as it was: firing"),
        pytest.param((OPEN, ACKED, CLOSED, an_alert(StepKind.REOPENED, "3")), "acked", "person:ann", id="back: acked"),
        pytest.param((OPEN, ACKED, an_alert(StepKind.TOLD, "x")), "acked", "person:ann", id="a notice changes nothing"),
        pytest.param((CLOSED,), "closed", None, id="an end without a beginning"),
    ],
)
def test_the_episode_follows_its_steps(
    dsn: str, store: Store, steps: tuple[AlertStep, ...], state: str, acked_by: str | None
) -> None:
    record(dsn, *steps)
    assert episode(store)[0::2][:2] == (state, acked_by)


def test_severity_only_rises_and_the_subject_stays(dsn: str, store: Store) -> None:
    record(dsn, an_alert(severity=Severity.CRITICAL))
    record(dsn, an_alert(StepKind.UPDATE, "1", severity=Severity.HIGH, number=9))
    assert episode(store)[1::3] == (3, "[shop] KeyError: 'amount'")


def test_a_store_that_is_away_is_said_so() -> None:
    with pytest.raises(Unavailable):
        record("postgresql://gregor_notifier@127.0.0.1:1/gregor", OPEN)


def test_all_or_nothing(dsn: str, store: Store) -> None:
    """A decision that fails leaves no trace of the steps before it in the batch."""

    def broken(step: AlertStep, memory: Memory, at: Instant) -> Decision:
        if step is CLOSED:
            raise RuntimeError
        return judge(step, memory, at)

    ledger = Ledger(conninfo(dsn, ""), lambda point: None)
    with pytest.raises(RuntimeError):
        ledger.record([OPEN, CLOSED], a_world(), broken)
    ledger.close()
    assert store.execute("select count(*) from decisions").fetchone() == (0,)


def test_a_word_before_the_first_episode_is_sent_and_makes_no_episode(dsn: str, store: Store) -> None:
    told = an_alert(kind=StepKind.TOLD, number=0, ordinal="c1", targets=("person:ann",))
    (done,) = record(dsn, told)
    assert [one.code for one in done.considered if one.recipient == "person:ann"]
    assert store.execute("select count(*) from episodes").fetchone() == (0,)
    assert set(states(store).values()) == {"pending"}
