"""`gregor replay rules`: stored events through other rules, nothing saved."""

from typing import Any

import pytest

from cli.frame.command import WrongUsage
from cli.replay import joined, lines, milliseconds, rehearsed, written
from domain.documents import pack, split
from schemas.error_event import ErrorEvent
from tests.builders import a_frame, an_event, an_exception, numbered


def error(number: int, function: str = "pay") -> ErrorEvent:
    return an_event(event_id=numbered(number), exceptions=(an_exception(frames=(a_frame(function=function),)),))


LOG = [error(1), error(2), error(3, "refund")]


def test_rules_that_match_nothing_change_nothing() -> None:
    found = rehearsed(LOG, written("type:Other -> x"))
    assert found.is_empty
    assert lines(found) == ["3 events, 3 unchanged; 2 issues unchanged"]


def test_a_rule_that_joins_two_issues_says_so() -> None:
    found = rehearsed(LOG, written("type:KeyError -> all"))
    assert [[part.events for part in row.parts] for row in found.merges] == [[2, 1]]
    assert len(found.attach) == 1
    assert any("is merged from" in line and "rule: nothing" in line for line in lines(found))


def test_a_rule_that_splits_an_issue_says_so() -> None:
    log = [error(1), an_event(event_id=numbered(2), exceptions=error(1).exceptions, tags={"region": "eu"})]
    found = rehearsed(log, written("tags.region:eu -> {{ default }}, eu"))
    assert [[part.events for part in row.parts] for row in found.splits] == [[1, 1]]


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("7d", 168)])
def test_since(text: str, hours: int) -> None:
    assert milliseconds(text) == hours * 3_600_000


@pytest.mark.parametrize("text", ["", "7", "d", "7w", "-1d"])
def test_since_refuses(text: str) -> None:
    with pytest.raises(WrongUsage):
        milliseconds(text)


def test_a_mistake_is_named_with_its_place() -> None:
    with pytest.raises(WrongUsage, match="line 2, column 1: unknown matcher `typ`"):
        written("\ntyp:A -> b")


class Stacks:
    """The collection that holds shared stacks; counts what it is asked for."""

    def __init__(self, bodies: dict[bytes, bytes]) -> None:
        self.bodies = bodies
        self.asked: list[bytes] = []

    def find(self, query: dict[str, Any]) -> list[dict[str, bytes]]:
        self.asked += query["_id"]["$in"]
        return [{"_id": stack, "body": self.bodies[stack]} for stack in query["_id"]["$in"]]


def test_documents_are_put_together_and_a_stack_is_asked_for_once() -> None:
    parts = [split(event) for event in LOG]
    bodies = {stack.stack_id: pack(stack.raw) for part in parts for stack in part.stacks}
    documents = [{"stacks": list(part.document.stacks), "body": part.document.body} for part in parts]
    stacks = Stacks(bodies)
    assert list(joined(stacks, documents)) == LOG
    assert len(stacks.asked) == len(set(stacks.asked)) == 2
