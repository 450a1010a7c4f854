"""Recurrence and escalation together, in memory: from the first error to the quiet end, and what a crash repeats."""

from typing import Any

from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommandKind, IssueCommandKind
from schemas.marks import Marker, Tick
from schemas.record import Record
from stream_processors.escalation.decide import STAGE as ESCALATION
from stream_processors.recurrence.decide import STAGE as RECURRENCE
from tests.builders import AT, an_episode_command, an_issue_command, an_occurrence, numbered
from tests.stream_processors.escalation.episodes import PAY, kinds, steps
from tests.stream_processors.recurrence.issues import HIGH, NEW, a_project, some_settings
from tests.stream_processors.table import Table

SETTINGS = some_settings(
    project__1=a_project(default_policy="policy:pay"), policy__pay=PAY, rule__1__new=NEW, rule__1__high=HIGH
)


class Chain:
    def __init__(self) -> None:
        self.recurrence = Table(RECURRENCE, SETTINGS)
        self.escalation = Table(ESCALATION, SETTINGS)
        self.events = 0

    def send(self, record: Record) -> list[AlertStep]:
        """Into recurrence; all that it tells into escalation."""
        return [step for told in self.recurrence.send(record) for step in steps(self.escalation.send(told))]

    def happen(self, at_s: int, **fields: Any) -> list[AlertStep]:
        self.events += 1
        at = AT + at_s * 1000
        usual = {"event_id": numbered(self.events), "source": (7, 0, self.events, 0), "received_at": at}
        return self.send(an_occurrence(**({"occurred_at": at} | usual | fields)))

    def tick(self, at_s: int) -> list[AlertStep]:
        return steps(self.escalation.send(Tick(at=AT + at_s * 1000, partition=0), "ticks"))

    def mark(self, at_s: int) -> list[AlertStep]:
        return self.send(Marker(at=AT + at_s * 1000, origin="fingerprint", partition=0))


def test_from_the_first_error_to_the_quiet_end() -> None:
    chain = Chain()
    (first,) = chain.happen(0)
    assert (first.kind, first.policy and first.policy.targets) == ("open", ("on_call",))
    assert [rule.id for rule in first.rules] == ["rule:1:high"]
    assert chain.happen(10) == []
    chain.tick(11)
    assert kinds(chain.tick(311)) == ["escalate"]
    chain.escalation.send(an_episode_command(EpisodeCommandKind.ACKNOWLEDGE, at=AT + 320_000))
    assert chain.tick(5000) == []
    assert chain.mark(4 * 50 * 60 - 1) == []  # of a new issue the next error is expected in 50 minutes
    (end,) = chain.mark(4 * 50 * 60 + 1)
    assert (end.kind, end.reason) == ("closed", "quiet")


def test_resolved_and_back_is_a_new_episode() -> None:
    chain = Chain()
    (first,) = chain.happen(0)
    (closed,) = chain.send(an_issue_command(IssueCommandKind.RESOLVE, at=AT + 5000))
    assert (closed.kind, closed.reason) == ("closed", "resolved by person:ana")
    (again,) = chain.happen(10)
    assert (again.kind, again.number) == ("open", 2)
    assert again.episode_id != first.episode_id
    assert again.brief.regressions == 1


def test_what_recurrence_publishes_again_after_a_crash_tells_nothing() -> None:
    chain = Chain()
    stored = dict(chain.recurrence.values)
    told = chain.happen(0)
    chain.recurrence.values.clear()
    chain.recurrence.values.update(stored)
    chain.recurrence.warm()
    again = chain.recurrence.read(chain.recurrence.log[0])
    assert [one for record in again for one in steps(chain.escalation.send(record))] == []
    assert kinds(told) == ["open"]


def test_sixty_commands_published_again_are_known() -> None:
    """More than a value remembers by id: they are known by their place in the log that they were sent to."""
    chain = Chain()
    chain.happen(0)
    stored, told = dict(chain.recurrence.values), []
    for number in range(60):
        command = an_issue_command(
            IssueCommandKind.ASSIGN, command_id=f"c-{number}", at=AT + number, to=f"person:{number}"
        )
        told += chain.send(command)
    assert kinds(told) == ["told"] * 60
    chain.recurrence.values.clear()
    chain.recurrence.values.update(stored)
    chain.recurrence.warm()
    for arrived in chain.recurrence.log[1:]:
        for record in chain.recurrence.read(arrived):
            assert steps(chain.escalation.send(record)) == []
