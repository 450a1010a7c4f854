"""The process is killed between every two writes of the ledger, then started again as a supervisor would."""

import random
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest

from schemas.alert_step import AlertStep
from schemas.kinds import Severity, StepKind
from schemas.wire import encode
from tests.notifier.relay import Relay
from tests.notifier.town import an_alert, paging
from tests.notifier.voice import live_once

Store = psycopg.Connection[tuple[Any, ...]]
POINTS = (
    "polled",
    "decision written",
    "episode written",
    "rows written",
    "committed",
    "commands sent",
    "offset committed",
    "claimed",
    "rendered",
    "sent",
    "settled",
    "published",
)
KILLED = -9


FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.notifier.voice"])


def run(dsn: str, mails: Relay, crash_at: str, commands: Path, *steps: AlertStep) -> int | None:
    process = FORKS.Process(target=live_once, args=(dsn, mails.port, crash_at, [*map(encode, steps)], str(commands)))
    process.start()
    process.join(60)
    return process.exitcode


def end_leases(store: Store) -> None:
    """Half a minute passes."""
    store.execute("update deliveries set lease_until = 0 where state = 'sending'")


def sent(mails: Relay) -> Counter[str]:
    return Counter(f"{recipient} {mail['X-Gregor-Kind']}" for recipient, mail, _ in mails.taken)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_doubles_at_most_what_was_in_hand(
    dsn: str, store: Store, mails: Relay, point: str, tmp_path: Path
) -> None:
    steps = (an_alert(), an_alert(StepKind.UPDATE, "1", policy=paging("schedule:none"), severity=Severity.CRITICAL))
    commands = tmp_path / "commands"
    assert run(dsn, mails, point, commands, *steps) == KILLED
    end_leases(store)
    assert run(dsn, mails, "", commands, *steps) == 0
    due = {
        "ann@example.org open": 1,
        "ben@example.org open": 1,
        "ann@example.org update": 1,
        "ben@example.org update": 1,
    }
    found = sent(mails)
    assert found.keys() == due.keys(), "none is lost"
    doubled = sum((found - Counter(due)).values())
    assert doubled == (point == "sent"), "only a mail that was out before it was settled comes twice"
    states = store.execute("select distinct state from deliveries where channel = 'email'").fetchall()
    assert states == [("accepted",)]


def test_a_kill_before_the_commands_sends_them_after_the_restart(
    dsn: str, store: Store, mails: Relay, tmp_path: Path
) -> None:
    step = an_alert(policy=paging("schedule:none"))
    commands = tmp_path / "commands"
    assert run(dsn, mails, "committed", commands, step) == KILLED
    assert not commands.exists()
    assert run(dsn, mails, "", commands, step) == 0
    assert len(commands.read_bytes().splitlines()) == 1


def test_a_kill_in_mid_send_of_a_medium_mail_sends_it_at_most_once(
    dsn: str, store: Store, mails: Relay, tmp_path: Path
) -> None:
    step = an_alert(severity=Severity.MEDIUM)
    assert run(dsn, mails, "sent", tmp_path / "commands", step) == KILLED
    end_leases(store)
    assert run(dsn, mails, "", tmp_path / "commands", step) == 0
    assert all(count == 1 for count in sent(mails).values())
    reasons = store.execute("select reason from deliveries where state = 'failed'").fetchall()
    assert reasons
    assert set(reasons) == {("unknown_after_crash",)}


@pytest.mark.slow
def test_thirty_kills_at_random_lose_nothing_and_double_at_most_one_each(
    dsn: str, store: Store, mails: Relay, tmp_path: Path
) -> None:
    dice = random.Random(20261124)
    numbers = range(400)
    steps = [an_opening(number) for number in numbers]
    kills, given = 0, 0
    while kills < 30:
        given = min(len(steps), given + 20)
        arguments = (dsn, mails.port, "", [*map(encode, steps[:given])], str(tmp_path / "commands"))
        process = FORKS.Process(target=live_once, args=arguments)
        process.start()
        process.join(dice.uniform(0.2, 0.8))
        kills += process.is_alive()
        process.kill()
        process.join()
        end_leases(store)
        store.execute("update deliveries set next_attempt_at = 0 where state = 'retry'")
    assert run(dsn, mails, "", tmp_path / "commands", *steps) == 0
    found = Counter(str(mail["Message-ID"]) for _, mail, _ in mails.taken)
    assert len(found) == 2 * len(numbers), "none is lost"
    doubled = sum(found.values()) - len(found)
    print(f"{kills} kills, {len(found)} mails: {doubled} doubled")
    assert doubled <= kills


def an_opening(number: int) -> AlertStep:
    episode = f"{number:032x}"
    return an_alert(episode_id=episode, issue_id=episode, step_id=f"{episode}:open:0", policy=None)
