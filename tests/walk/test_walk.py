"""One error from bytes to a rendered mail, in memory: every decision of the pipeline, no server."""

import json
from typing import Any

import pytest

from local_stack.in_memory import Pipeline, first_project
from local_stack.load import an_error, envelope
from notifier.channels.mail import Letterhead, as_bytes, mail
from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommandKind, IssueCommandKind, ResolveHow
from schemas.error_event import ErrorEvent
from schemas.issue_changed import IssueChanged
from schemas.kinds import ChangeKind, StepKind
from schemas.occurrence import Occurrence
from stream_processors.topology import STAGES
from tests.builders import AT, an_episode_command, an_issue_command, numbered

SECOND, MINUTE = 1_000, 60_000
HEAD = Letterhead("Gregor <gregor@localhost>", "http://127.0.0.1:8090")
SECRET = "hunter2-correct-horse"


def native(event_id: str, **fields: Any) -> bytes:
    usual: dict[str, Any] = {
        "event_id": event_id,
        "platform": "python",
        "service": "shop",
        "type": "KeyError",
        "message": "'amount'",
        "level": "fatal",
        "stacktrace": {
            "frames": [
                {
                    "function": "pay",
                    "module": "shop.views",
                    "filename": "shop/views.py",
                    "lineno": 42,
                    "in_app": True,
                    "context_line": "net = order['amount']",
                    "vars": {"password": SECRET},
                }
            ]
        },
    }
    return json.dumps(usual | fields).encode()


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(first_project(email="ana@shop.example"))


def received(pipeline: Pipeline, raw: bytes, at: int) -> str:
    (event_id,) = pipeline.receive(raw, at)
    pipeline.run()
    return event_id


def kinds(pipeline: Pipeline) -> list[StepKind]:
    return [step.kind for step in pipeline.records("alerts", AlertStep)]


def changes(pipeline: Pipeline) -> list[ChangeKind]:
    return [change.kind for change in pipeline.records("issue-changes", IssueChanged)]


def issue_of(pipeline: Pipeline) -> str:
    (issue_id,) = {seen.issue_id for seen in pipeline.records("issue-events", Occurrence)}
    return str(issue_id)


def test_the_stages_are_three() -> None:
    assert [stage.name for stage in STAGES] == ["fingerprint", "recurrence", "escalation"]


def test_an_error_becomes_a_mail_that_says_what_where_and_why(pipeline: Pipeline) -> None:
    event_id = received(pipeline, native(numbered(1)), AT)
    (event,) = pipeline.records("error-events", ErrorEvent)
    (seen,) = pipeline.records("issue-events", Occurrence)
    (step,) = pipeline.records("alerts", AlertStep)
    (decision,) = pipeline.decisions
    (delivery,) = decision.deliveries
    written = as_bytes(mail(delivery.draft, delivery.delivery_id, AT, HEAD), HEAD.sender, "ana@shop.example").decode()
    assert event.event_id == seen.event_id == event_id == numbered(1)
    assert changes(pipeline)[:1] == [ChangeKind.OPENED]
    assert (step.kind, step.issue_id) == (StepKind.OPEN, seen.issue_id)
    assert delivery.recipient == "person:owner"
    for said in ("KeyError: 'amount'", "shop/views.py:42", "Why you are told", f"/issues/{seen.issue_id}"):
        assert said in written.replace("=\r\n", "")


def test_a_secret_goes_no_further_than_the_door(pipeline: Pipeline) -> None:
    received(pipeline, native(numbered(1)), AT)
    logged = b"".join(value for log in pipeline.logs.values() for _, value in log)
    assert SECRET.encode() not in logged
    assert b"[Filtered]" in logged


def test_an_envelope_and_plain_json_of_one_bug_meet_in_one_issue(pipeline: Pipeline) -> None:
    error = an_error(numbered(1), group=3)
    received(pipeline, json.dumps(error).encode(), AT)
    (accepted,) = pipeline.receive(envelope(error | {"event_id": numbered(2)}), AT + SECOND, envelope=True)
    pipeline.run()
    assert accepted == numbered(2)
    assert len(pipeline.records("issue-events", Occurrence)) == 2
    assert issue_of(pipeline)


def test_the_same_event_twice_counts_once(pipeline: Pipeline) -> None:
    received(pipeline, native(numbered(1)), AT)
    received(pipeline, native(numbered(1)), AT + SECOND)
    assert len(pipeline.records("issue-events", Occurrence)) == 1
    assert kinds(pipeline) == [StepKind.OPEN]


def test_it_escalates_when_nobody_acknowledges(pipeline: Pipeline) -> None:
    received(pipeline, native(numbered(1)), AT)
    for second in range(1, 605):
        pipeline.tick(AT + second * SECOND)
        if second % 120 == 0:  # the error goes on
            received(pipeline, native(numbered(second)), AT + second * SECOND)
    assert kinds(pipeline)[:2] == [StepKind.OPEN, StepKind.ESCALATE]
    second_step = pipeline.records("alerts", AlertStep)[1]
    assert second_step.policy is not None
    assert second_step.policy.targets == ("role:admin",)


def test_it_does_not_when_somebody_has_it(pipeline: Pipeline) -> None:
    received(pipeline, native(numbered(1)), AT)
    pipeline.tick(AT + SECOND)
    taken = an_episode_command(EpisodeCommandKind.ACKNOWLEDGE, issue_id=issue_of(pipeline), at=AT + 2 * SECOND)
    pipeline.command("issue-changes", taken.issue_id, taken, AT + 2 * SECOND)
    for second in range(3, 605):
        pipeline.tick(AT + second * SECOND)
    assert kinds(pipeline)[:2] == [StepKind.OPEN, StepKind.ACKED]
    assert StepKind.ESCALATE not in kinds(pipeline)


def test_resolved_then_seen_again_it_regresses_and_tells(pipeline: Pipeline) -> None:
    received(pipeline, native(numbered(1)), AT)
    issue_id = issue_of(pipeline)
    resolve = an_issue_command(IssueCommandKind.RESOLVE, issue_id=issue_id, how=ResolveHow.NOW, at=AT + MINUTE)
    pipeline.command("issue-events", issue_id, resolve, AT + MINUTE)
    pipeline.tick(AT + MINUTE + SECOND)
    assert kinds(pipeline) == [StepKind.OPEN, StepKind.CLOSED]
    received(pipeline, native(numbered(2)), AT + 2 * MINUTE)
    assert ChangeKind.REGRESSED in changes(pipeline)
    assert kinds(pipeline) == [StepKind.OPEN, StepKind.CLOSED, StepKind.OPEN]
    first, _, again = pipeline.decisions
    assert first.deliveries[0].delivery_id != again.deliveries[0].delivery_id


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"{", "not_json", id="half an object"),
        pytest.param(b"[1]", "not_object", id="a list"),
    ],
)
def test_bad_input_is_refused_with_its_reason_and_nothing_else_happens(
    pipeline: Pipeline, raw: bytes, reason: str
) -> None:
    assert pipeline.receive(raw, AT) == []
    pipeline.run()
    assert [(stage, verdict.reason) for stage, verdict in pipeline.refused] == [("gateway", reason)]
    assert pipeline.logs == {}
