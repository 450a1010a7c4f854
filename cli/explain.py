"""Every decision about one event, with its reason: no Kafka, no database, the same functions."""

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import msgspec

from cli.frame.command import DONE, PROBLEM, Command, Problem
from cli.frame.output import as_json, say
from cli.send_event import is_envelope
from local_stack.in_memory import Pipeline, first_project
from notifier.plan import Considered
from schemas.alert_step import AlertStep
from schemas.error_event import ErrorEvent
from schemas.issue_changed import IssueChanged
from schemas.occurrence import Occurrence
from schemas.verdict import Rejected


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("event", help="file with an event as JSON or a Sentry envelope; - reads standard input")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="let it happen N times, a second apart")
    parser.add_argument("--json", action="store_true", help="print the records instead of words")


def run(given: Namespace) -> int:
    raw = sys.stdin.buffer.read() if given.event == "-" else _file(Path(given.event))
    pipeline = explained(raw, given.times, int(time.time() * 1000))
    found = summary(pipeline)
    if given.json:
        as_json(found)
    else:
        say("\n".join(lines(found)))
    return DONE if found["accepted"] else PROBLEM


def explained(raw: bytes, times: int, at: int) -> Pipeline:
    """The first arrival keeps its event id; repeats are other events."""
    pipeline = Pipeline(first_project())
    envelope = is_envelope(raw)
    for number in range(times):
        body = raw if number == 0 else _renamed(raw, number, envelope)
        pipeline.receive(body, at + 1000 * number, envelope=envelope)
        pipeline.run()
    pipeline.tick(at + 1000 * times)
    return pipeline


def summary(pipeline: Pipeline) -> dict[str, Any]:
    """The records that matter, as plain data."""
    return {
        "accepted": _plain(pipeline.records("error-events", ErrorEvent)[:1]),
        "refused": [{"by": stage, **_refusal(verdict)} for stage, verdict in pipeline.refused],
        "grouping": _plain(pipeline.records("issue-events", Occurrence)),
        "changes": _plain(pipeline.records("issue-changes", IssueChanged)),
        "steps": _plain(pipeline.records("alerts", AlertStep)),
        "people": [
            {"step": decision.step.step_id, "told": _plain(decision.considered)} for decision in pipeline.decisions
        ],
    }


def _plain(records: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(records))


def lines(found: dict[str, Any]) -> list[str]:
    """What `summary` found, as a person reads it."""
    said = [f"refused by {one['by']}: {one['reason']}{one['detail']}" for one in found["refused"]]
    for event in found["accepted"]:
        said += _event(event)
    for occurrence in found["grouping"]:
        said += _grouping(occurrence)
    said += ["", "3. the issue's memory"] if found["changes"] else []
    said += [line for change in found["changes"] for line in _change(change)]
    said += ["", "4. what is told"] if found["steps"] else []
    said += [line for step in found["steps"] for line in _step(step)]
    said += ["", "5. to whom"] if found["people"] else ["", "nobody is told: no rule asks for it"]
    said += [line for one in found["people"] for line in _people(one)]
    return said


def _event(event: dict[str, Any]) -> list[str]:
    cuts = [f"{cut['rule']} {cut.get('where', '')}".strip() for cut in event.get("cuts", [])]
    return [
        f"1. accepted as {event['event_id']}",
        f"   level {event.get('level', 'error')}, handled {event.get('handled', 'unknown')}",
        f"   service {event['service']}",
        f"   home key {event['home_key']}: all events that may share its issue meet in this key's partition",
        f"   scrubbed: {event.get('scrubbed') or 'nothing'}",
        f"   cut or coerced: {', '.join(cuts) or 'nothing'}",
    ]


def _grouping(seen: dict[str, Any]) -> list[str]:
    why = seen.get("why", {})
    said = [f"   {name}: {value}" for name, value in why.items() if value and name not in {"v", "keys"}]
    head = ["", f"2. issue {seen['issue_id']}: {seen['matched']} by key {seen['key']}"]
    return head + said


def _change(change: dict[str, Any]) -> list[str]:
    rule = change.get("rule", {})
    head = f"   {change['kind']}: {change.get('reason', '')}".rstrip(": ")
    trace = [
        f"      {one['name']} {one['value']} against {one.get('threshold', '')}: {_met(one)}"
        for one in rule.get("trace", [])
    ]
    issue = change["issue"]
    severity = f"      severity {issue['severity']} because {', '.join(issue.get('severity_why', []))}"
    return [head, *([f"      rule {rule['id']}, policy {rule.get('policy', 'none')}"] if rule else [severity]), *trace]


def _met(condition: dict[str, Any]) -> str:
    return "met" if condition.get("passed") else "not met"


def _step(step: dict[str, Any]) -> list[str]:
    policy = step.get("policy", {})
    follows = f"{policy['id']} names {', '.join(policy.get('targets', []))}" if policy else "no policy"
    return [f"   {step['kind']} ({step['severity']}): {step['reason']}; {follows}"]


def _people(one: dict[str, Any]) -> list[str]:
    told = msgspec.convert(one["told"], tuple[Considered, ...])
    return [
        f"   {who.name or who.recipient} by {who.channel or 'no way'}: {who.code}; {'; '.join(who.why)}" for who in told
    ]


def _refusal(verdict: Any) -> dict[str, str]:
    return {
        "reason": verdict.reason,
        "detail": f" ({verdict.detail})" if isinstance(verdict, Rejected) and verdict.detail else "",
    }


def _renamed(raw: bytes, number: int, envelope: bool) -> bytes:
    """The same event under another id."""
    event_id = f"{number:032x}"
    if not envelope:
        return msgspec.json.encode(msgspec.json.decode(raw) | {"event_id": event_id})
    head, _, rest = raw.partition(b"\n")
    return msgspec.json.encode(msgspec.json.decode(head) | {"event_id": event_id}) + b"\n" + rest


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from error


COMMAND = Command(
    summary="say what would happen to an event, and why at every step",
    example="gregor explain event.json\n  gregor explain envelope.txt --times 12",
    details="Uses the settings of a new project. Needs no running stack.",
    arguments=arguments,
    run=run,
)
