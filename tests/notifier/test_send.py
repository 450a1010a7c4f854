from typing import Any

import psycopg
import pytest
from msgspec import structs

from notifier.rows import packed, unpacked
from schemas.kinds import Severity, StepKind
from tests.notifier.relay import Relay
from tests.notifier.town import a_world, an_alert, paging
from tests.notifier.voice import voice

Store = psycopg.Connection[tuple[Any, ...]]
ALONE = {"method__ann-phone": None, "method__ben-mail": None}  # only Ann's mail is left


def rows(store: Store) -> list[tuple[Any, ...]]:
    return store.execute("select state, reason, attempt from deliveries where channel = 'email' order by 1").fetchall()


def make_due(store: Store) -> None:
    store.execute("update deliveries set next_attempt_at = 0 where state = 'retry'")


def lose(store: Store) -> None:
    """As if the process that held the rows had died half a minute ago."""
    store.execute("update deliveries set state = 'sending', attempt = 1, lease_owner = 'gone', lease_until = 0")
    store.execute("insert into delivery_attempts select delivery_id, 1, 0, null, '', '', '' from deliveries")


def test_a_step_becomes_a_mail_and_its_proof(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(an_alert())
        found.wait_for(1)
    ((recipient, mail, _),) = mails.taken
    assert (recipient, mail["Subject"]) == ("ann@example.org", "[shop] KeyError: 'amount'")
    assert rows(store) == [("accepted", "", 1)]
    assert store.execute("select verdict, detail from delivery_attempts").fetchall() == [("accepted", "taken")]
    assert store.execute("select count(*) from episodes where first_accepted_at is not null").fetchone() == (1,)
    (change,) = found.changes
    assert (change.state, change.recipient, change.attempt) == ("accepted", "person:ann", 1)
    assert f"<{change.delivery_id}@example.org>" == mail["Message-ID"]


def test_a_step_read_twice_is_one_mail(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE)) as found, voice(dsn, mails.port, a_world(**ALONE)) as other:
        found.take(an_alert(), an_alert())
        other.take(an_alert())
        mails.wait_for(1)
        found.take(an_alert())
    assert len(mails.taken) == 1
    assert rows(store) == [("accepted", "", 1)]


@pytest.mark.parametrize(
    ("todo", "expected"),
    [
        pytest.param("451 later", ("retry", "throttled", 1), id="later: a retry as a row"),
        pytest.param("550 no such user", ("failed", "gone 550", 1), id="never: failed with its reason"),
        pytest.param("abort", ("retry", "lost", 1), id="no answer, high: again"),
    ],
)
def test_what_the_relay_answers_is_the_row(
    dsn: str, store: Store, mails: Relay, todo: str, expected: tuple[str, str, int]
) -> None:
    mails.script = lambda recipient, tries: todo
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(an_alert())
        found.wait_for(1)
    assert rows(store) == [expected]


def test_an_unclear_medium_mail_is_not_repeated(dsn: str, store: Store, mails: Relay) -> None:
    mails.script = lambda recipient, tries: "abort"
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(an_alert(severity=Severity.MEDIUM))
        found.wait_for(1)
    assert rows(store) == [("failed", "unknown_after_crash", 1)]


def test_a_retry_sends_the_same_bytes(dsn: str, store: Store, mails: Relay) -> None:
    mails.script = lambda recipient, tries: "abort after" if tries == 0 else "ok"
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(an_alert())
        found.wait_for(1)
        make_due(store)
        found.sender.wake()
        mails.wait_for(2)
        found.wait_for(2)
    assert mails.taken[0][2] == mails.taken[1][2]
    assert rows(store) == [("accepted", "", 2)]


@pytest.mark.parametrize(
    "reason",
    [pytest.param("acked", id="acknowledged"), pytest.param("closed", id="closed")],
)
def test_the_episode_is_looked_at_before_each_attempt(dsn: str, store: Store, mails: Relay, reason: str) -> None:
    """A row that is in hand when somebody acknowledges is not cancelled then, but before its next try."""
    mails.script = lambda recipient, tries: "451 later"
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(an_alert())
        found.wait_for(1)
        store.execute("update episodes set state = %s", [reason])
        make_due(store)
        found.sender.wake()
        found.wait_for(2)
    assert rows(store) == [("cancelled", reason, 2)]
    assert mails.taken == []


@pytest.mark.parametrize(
    ("severity", "expected", "sent"),
    [
        pytest.param(Severity.HIGH, ("accepted", "", 2), 1, id="high: at least once"),
        pytest.param(Severity.MEDIUM, ("failed", "unknown_after_crash", 1), 0, id="medium: at most once"),
    ],
)
def test_a_row_whose_sender_vanished(
    dsn: str, store: Store, mails: Relay, severity: Severity, expected: tuple[str, str, int], sent: int
) -> None:
    with voice(dsn, mails.port, a_world(**ALONE), sends=False) as found:
        found.take(an_alert(severity=severity))
        lose(store)
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.wait_for(1)
        make_due(store)
        found.sender.wake()
        mails.wait_for(sent)
        found.wait_for(1 + sent)
    assert rows(store) == [expected]


def test_what_could_not_be_sent_for_long_says_that_it_is_late(dsn: str, store: Store, mails: Relay) -> None:
    mails.script = lambda recipient, tries: "451 later" if tries == 0 else "ok"
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        now = store.execute("select now_ms()").fetchone()
        assert now is not None
        found.take(an_alert(at=now[0] - 100_000))
        found.wait_for(1)
        assert "Delayed" not in content(store, found.changes[0].delivery_id)
        age(store, 30_000)
        found.sender.wake()
        mails.wait_for(1)
    body = mails.taken[0][1].get_body(("plain",))
    assert body is not None
    assert "Delayed: this was due" in body.get_content()


def test_an_address_that_is_gone_fails_with_its_reason(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.stop.set()
        found.thread.join()
        found.take(an_alert())
    with voice(dsn, mails.port, a_world(**ALONE, **{"method__ann-mail": None})) as found:
        found.wait_for(1)
    assert rows(store) == [("failed", "refused", 1)]


def test_nobody_to_tell_is_said_to_the_escalation_also_when_read_again(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port) as found:
        found.take(an_alert(policy=paging("schedule:none")))
        found.take(an_alert(policy=paging("schedule:none")))
    assert len(found.said) == 2
    assert found.said[0] == found.said[1]


def test_the_most_urgent_goes_first(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE), sends=False) as found:
        order = [Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
        for number, severity in enumerate(order):
            kind = StepKind.UPDATE if severity is not Severity.HIGH else StepKind.OPEN
            found.take(an_alert(kind, str(number), severity=severity, policy=paging("on_call")))
        store.execute("update deliveries set next_attempt_at = 0")
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.wait_for(3)
    started = store.execute(
        "select severity from deliveries join delivery_attempts using (delivery_id) order by started_at, urgency"
    )
    assert [severity for (severity,) in started.fetchall()] == [2, 3, 1]


def content(store: Store, delivery_id: str) -> str:
    row = store.execute("select content from deliveries where delivery_id = %s", [delivery_id]).fetchone()
    assert row is not None
    letter = unpacked(row[0])
    assert letter.rendered is not None
    return letter.rendered.text


def age(store: Store, milliseconds: int) -> None:
    """As if the step had been decided earlier."""
    for id_, raw in store.execute("select delivery_id, content from deliveries").fetchall():
        letter = unpacked(raw)
        step = structs.replace(letter.draft.step, at=letter.draft.step.at - milliseconds)
        older = structs.replace(letter, draft=structs.replace(letter.draft, step=step))
        store.execute(
            "update deliveries set content = %s, next_attempt_at = 0 where delivery_id = %s", [packed(older), id_]
        )
