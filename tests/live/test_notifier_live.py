"""Steps on the topic become mails, whatever dies; with a real broker, ledger and mail catcher."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer

from domain.ids import digest
from local_stack.scratch import scratch
from local_stack.stack import Stack
from runtime.kafka import Outgoing, producer, publish
from schemas.alert_step import AlertStep, Stamps, StepPolicy
from schemas.kinds import Severity, StepKind
from schemas.wire import encode
from tests.builders import a_snapshot, a_step
from tests.live.running import Running, wait_until

KILLS = int(os.environ.get("NOTIFIER_KILLS", "2"))


@pytest.fixture(scope="module")
def voice() -> Iterator[Running]:
    """Only what turns steps into mails: the API publishes settings, the notifier speaks."""
    with scratch() as config:
        stack = Stack(config, {"alone_per_minute": "1000000"}, only=("api", "notifier"))
        started = stack.start()
        assert started is not None
        try:
            yield Running(stack, started)
        finally:
            stack.stop()


def an_opening(name: str, **fields: object) -> AlertStep:
    """The first step of an episode of its own, caused now."""
    issue, now = digest("live issue", name), time.time_ns() // 1_000_000
    episode = digest("live episode", name)
    usual = {
        "issue_id": issue,
        "episode_id": episode,
        "step_id": f"{episode}:open:0",
        "at": now,
        "brief": a_snapshot(title=f"KeyError: {name}"),
        "stamps": Stamps(occurred_at=now, received_at=now, changed_at=now),
    }
    return a_step(**(usual | fields))


@lru_cache
def writer(brokers: str) -> Producer:
    return producer(brokers)


def tell(running: Running, *steps: AlertStep) -> None:
    to = writer(running.stack.addresses.kafka_brokers)
    publish(to, [Outgoing("alerts", step.issue_id.encode(), encode(step)) for step in steps])


def asked(running: Running, question: str, *values: Any) -> Any:
    """The first value of the answer of the ledger, or None."""
    with psycopg.connect(running.stack.dsn("gregor_notifier"), autocommit=True) as connection:
        row = connection.execute(question.encode(), values).fetchone()
    return row[0] if row else None


def caught(running: Running) -> int:
    return sum(1 for _ in running.stack.mail.glob("*.eml"))


def titles(running: Running) -> Counter[str]:
    return Counter(str(mail["Subject"]).rpartition("KeyError: ")[2] for mail in running.mails())


def test_a_step_becomes_a_mail_within_a_second(voice: Running) -> None:
    tell(voice, an_opening("warm"))
    wait_until("the first mail", lambda: titles(voice)["warm"])
    took = []
    for number in range(20):
        step = an_opening(f"quick {number}")
        tell(voice, step)
        wait_until("the mail", lambda number=number: titles(voice)[f"quick {number}"])
        row = asked(voice, "select accepted_at - received_at from gregor.deliveries where step_id = %s", step.step_id)
        took.append(row)
    took.sort()
    print(f"received -> accepted by the relay, ms: p50 {took[10]}, max {took[-1]}")
    assert took[10] < 1000


def test_the_same_step_twice_is_one_mail_and_live_views_hear_of_it(voice: Running) -> None:
    step = an_opening("twice")
    tell(voice, step, step)
    tell(voice, step, an_opening("after"))
    wait_until("the step behind it", lambda: titles(voice)["after"])
    assert titles(voice)["twice"] == 1
    found = wait_until(
        "the change",
        lambda: [one for one in voice.records("deliveries") if one.get("episode_id") == step.episode_id],
    )
    assert [one["state"] for one in found] == ["accepted"]


def test_nobody_behind_a_step_is_answered_with_a_command(voice: Running) -> None:
    step = an_opening("nobody", policy=StepPolicy(id="policy:x", targets=("schedule:none",), delay_s=600))
    tell(voice, step)
    (command,) = wait_until(
        "the command", lambda: [one for one in voice.records("issue-changes") if one["issue_id"] == step.issue_id]
    )
    assert (command["kind"], command["position"]) == ("unreachable", step.position)


def test_an_acknowledged_episode_mails_no_more(voice: Running) -> None:
    step = an_opening("acked")
    acked = an_opening("acked", kind=StepKind.ACKED, step_id=f"{step.episode_id}:acked:1", actor="person:x")
    late = an_opening("acked", kind=StepKind.ESCALATE, step_id=f"{step.episode_id}:escalate:1.0.1", position="1.0.1")
    tell(voice, step, acked)
    wait_until("the acknowledgement", lambda: asked(voice, "select state from gregor.episodes where state = 'acked'"))
    before = titles(voice)["acked"]
    tell(voice, late, an_opening("behind"))
    wait_until("the step behind it", lambda: titles(voice)["behind"])
    assert titles(voice)["acked"] == before


def test_kills_lose_nothing_and_double_at_most_one_each(voice: Running) -> None:
    names = [f"kill {number}" for number in range(200)]
    sent = threading.Thread(target=lambda: [_paced(voice, name) for name in names])
    sent.start()
    for _ in range(KILLS):
        before = caught(voice)
        voice.stack.kill("notifier")
        wait_until("mails after the kill", lambda before=before: caught(voice) > before + 5, 60)
    sent.join()
    told = "select count(distinct step_id) from gregor.deliveries where state = 'accepted' and step_id = any(%s)"
    ids = [an_opening(name).step_id for name in names]
    wait_until("every alert accepted", lambda: asked(voice, told, ids) == len(ids), 120)
    open_rows = "select count(*) from gregor.deliveries where state in ('sending', 'pending', 'retry')"
    wait_until("a quiet ledger", lambda: asked(voice, open_rows) == 0, 90)
    found = titles(voice)
    assert min(found[name] for name in names) == 1, "every mail is there"
    doubled = sum(found[name] - 1 for name in names)
    print(f"{KILLS} kills, {len(names)} alerts: 0 lost, {doubled} doubled")
    assert doubled <= KILLS


def _paced(running: Running, name: str) -> None:
    tell(running, an_opening(name, severity=Severity.HIGH))
    time.sleep(0.03)
