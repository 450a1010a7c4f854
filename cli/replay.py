"""Stored events through other rules, before anybody saves them."""

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from cli.frame.command import DONE, PROBLEM, Command, Problem, WrongUsage
from cli.frame.local import stack_config
from cli.frame.output import as_json, complain, say
from domain.fingerprint_rules import Rules
from domain.home import settle
from domain.rule_text import RuleProblem, parse
from schemas.error_event import ErrorEvent
from stream_processors.fingerprint.compare import Diff, Placed, Row, compare, placed
from stream_processors.fingerprint.rehearsal import Rehearsal, slim

UNITS_MS: Final = {"h": 3_600_000, "d": 86_400_000}
DATABASE: Final = "gregor_documents"
BATCH: Final = 250
PROGRESS: Final = 5_000


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="rules")
    rules = what.add_parser("rules", help="fingerprint rules: what would split, merge and move")
    rules.add_argument("--project", type=int, required=True, metavar="P", help="number of the project")
    rules.add_argument(
        "--rules", required=True, metavar="FILE", help="the new rules, one a line; - reads standard input"
    )
    rules.add_argument("--since", default="7d", metavar="TIME", help="how far back: 12h, 7d")
    rules.add_argument("--mongo", metavar="URI", help="default: GREGOR_MONGO_URI, else the local stack")
    rules.add_argument("--json", action="store_true", help="print the difference as JSON")


def run(given: Namespace) -> int:
    text = sys.stdin.read() if given.rules == "-" else _file(Path(given.rules))
    rules = written(text)
    since = int(time.time() * 1000) - milliseconds(given.since)
    uri = given.mongo or os.environ.get("GREGOR_MONGO_URI") or f"mongodb://127.0.0.1:{stack_config().mongo_port}"
    found = rehearsed(stored(uri, given.project, since), rules)
    if given.json:
        as_json(found)
    else:
        say("\n".join(lines(found)))
    return DONE if found.is_empty else PROBLEM


def _file(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise WrongUsage(f"{path}: {error.strerror}") from error


def written(text: str) -> Rules:
    found = parse(text)
    if isinstance(found, RuleProblem):
        raise WrongUsage(f"line {found.line}, column {found.column}: {found.reason}")
    return found


def milliseconds(text: str) -> int:
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS_MS or not number.isdigit():
        raise WrongUsage(f"{text} is no time: 12h, 7d")
    return int(number) * UNITS_MS[unit]


def stored(uri: str, project: int, since: int) -> Iterator[ErrorEvent]:
    """Documents in the order of their log. Problem: the server is away."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=3_000, appname="gregor-replay")
    try:
        database = client[DATABASE]
        query = {"project_id": project, "received_at": {"$gte": since}}
        order = [("partition", 1), ("offset", 1)]
        yield from joined(database["stacks"], database["events"].find(query, sort=order, batch_size=BATCH))
    except PyMongoError as error:
        raise Problem(f"MongoDB: {str(error)[:200]}") from error
    finally:
        client.close()


def joined(stacks: Any, documents: Iterable[dict[str, Any]]) -> Iterator[ErrorEvent]:
    """Stacks are shared by many events, so each is asked for once."""
    from domain.documents import join

    known: dict[bytes, bytes] = {}
    for document in documents:
        wanted = tuple(bytes(stack) for stack in document.get("stacks", ()))
        missing = [stack for stack in wanted if stack not in known]
        if missing:
            known |= {bytes(one["_id"]): bytes(one["body"]) for one in stacks.find({"_id": {"$in": missing}})}
        yield join(bytes(document["body"]), wanted, known).event


def rehearsed(events: Iterable[ErrorEvent], rules: Rules) -> Diff:
    """Every event as it was settled, and as the new rules would settle it."""
    old, new = Rehearsal(), Rehearsal()
    before: list[Placed] = []
    after: list[Placed] = []
    for number, event in enumerate(events, 1):
        before.append(placed(event.event_id, old.place(slim(event))))
        after.append(placed(event.event_id, new.place(slim(settle(event, rules)))))
        if number % PROGRESS == 0:
            complain(f"{number} events")
    return compare(before, after)


def lines(found: Diff) -> list[str]:
    head = f"{found.events} events, {found.events_unchanged} unchanged; {found.issues_unchanged} issues unchanged"
    said = [head]
    said += [line for row in found.splits for line in _row("splits", row)]
    said += [line for row in found.merges for line in _row("is merged from", row)]
    said += [line for row in found.moves for line in _row("moves to", row)]
    if found.attach:
        said.append(f"{len(found.attach)} keys would be attached to the issues that own their events")
    return said


def _row(what: str, row: Row) -> list[str]:
    parts = ", ".join(f"{part.issue[:8]} ({part.events})" for part in row.parts)
    because = f"; {row.because}" if row.because else ""
    return [f"issue {row.issue[:8]} {what} {parts}{because}", f"  events {', '.join(row.samples)}"]


COMMAND = Command(
    summary="run stored events through other fingerprint rules and show what would change",
    details="Nothing is saved. Exit code 1 when any issue would change.",
    example="gregor replay rules --project 1 --since 7d --rules rules.txt",
    arguments=arguments,
    run=run,
)
