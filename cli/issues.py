"""Issues on the command line: look, and decide."""

import time
from argparse import ArgumentParser, Namespace
from typing import Any

from cli.api_client import Client, signed_in
from cli.frame.command import DONE, PROBLEM, Command, Problem
from cli.frame.issue_text import event_text, issue_text, rows, why_text
from cli.frame.output import as_json, say, table

DECISIONS = {
    "resolve": "the cause is gone",
    "reopen": "open it again",
    "ignore": "do not tell about it",
    "snooze": "be silent for a while",
    "assign": "give it to somebody",
    "severity": "pin its severity",
    "ack": "say: I have it",
    "unack": "give it back",
    "escalate": "call the next step now",
}
OPERATIONS = {"ack": "acknowledge", "unack": "unacknowledge"}
DAY_MS = 86_400_000


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="list|show|why|" + "|".join(DECISIONS))
    listing = what.add_parser("list", help="open issues, newest first")
    listing.add_argument("--query", "-q", default="", help="search language of the API")
    listing.add_argument("--sort", default="-last_seen_at", help="-last_seen_at, -first_seen_at, -times_seen, ...")
    listing.add_argument("--limit", type=int, default=25, metavar="N", help="1 to 100")
    showing = what.add_parser("show", help="one issue with its newest event")
    reasons = what.add_parser("why", help="why it is grouped, graded, assigned and told so")
    for one in (showing, reasons):
        one.add_argument("issue", help="short id (SHOP-12) or id")
    for name, words in DECISIONS.items():
        add_decision(what.add_parser(name, help=words), name)
    for one in (listing, showing, reasons):
        one.add_argument("--json", action="store_true", help="print the API's records")


def add_decision(parser: ArgumentParser, name: str) -> None:
    parser.add_argument("issue", help="short id (SHOP-12) or id")
    parser.add_argument("--note", default="", help="why, for the others")
    parser.add_argument("--json", action="store_true", help="print the answer of the stage")
    match name:
        case "resolve":
            how = parser.add_mutually_exclusive_group()
            how.add_argument("--next-release", action="store_true", help="by the release that follows the newest")
            how.add_argument("--release", metavar="VERSION", help="by this release")
            how.add_argument("--commit", metavar="HASH", help="by whatever contains this commit")
        case "ignore":
            parser.add_argument("--for-ever", action="store_true", help="also when it escalates")
        case "snooze":
            parser.add_argument("--hours", type=float, metavar="H", help="until then")
            parser.add_argument("--count", type=int, default=0, metavar="N", help="until N more events")
            parser.add_argument("--users", type=int, default=0, metavar="N", help="until N more users")
        case "assign":
            parser.add_argument("to", help="me, person:ID, team:ID, nobody")
        case "severity":
            parser.add_argument("level", choices=["low", "medium", "high", "critical", "auto"])
        case _:
            pass


def run(given: Namespace) -> int:
    client = signed_in()
    match given.what:
        case "list":
            return listed(client, given)
        case "show":
            return shown(client, given)
        case "why":
            return explained(client, given)
        case _:
            return decided(client, given)


def listed(client: Client, given: Namespace) -> int:
    page = client.get("/issues", query=given.query, sort=given.sort, limit=given.limit)
    if given.json:
        as_json(page)
        return DONE
    if not page["items"]:
        say("no open issues")
        return DONE
    table(("ID", "SEVERITY", "STATUS", "EVENTS", "USERS", "LAST SEEN", "WHO", "WHAT"), rows(page["items"]))
    if "next" in page:
        say(f"({given.limit} shown; there are more)")
    return DONE


def shown(client: Client, given: Namespace) -> int:
    issue = client.get(f"/issues/{given.issue}")
    event = newest_event(client, issue)
    if given.json:
        as_json({"issue": issue, "event": event})
        return DONE
    say(issue_text(issue))
    if event:
        say(event_text(event))
    return DONE


def newest_event(client: Client, issue: dict[str, Any]) -> dict[str, Any] | None:
    """The document may be gone, or its store away: the issue is shown all the same."""
    try:
        found: dict[str, Any] = client.get(f"/issues/{issue['issue_id']}/occurrences/latest")
    except Problem:
        return None
    return found


def explained(client: Client, given: Namespace) -> int:
    why = client.get(f"/issues/{given.issue}/why")
    if given.json:
        as_json(why)
    else:
        say(why_text(why))
    return DONE


def decided(client: Client, given: Namespace) -> int:
    operation = OPERATIONS.get(given.what, given.what)
    state = client.decide(f"/issues/{given.issue}/{operation}", body(client, given))
    if given.json:
        as_json(state)
    else:
        say(f"{given.issue}: {given.what} {state['state']}" + (f" ({state['reason']})" if "reason" in state else ""))
    return PROBLEM if state["state"] == "refused" else DONE


def body(client: Client, given: Namespace) -> dict[str, Any]:
    """What the decision says beside its name."""
    said: dict[str, Any] = {"note": given.note} if given.note else {}
    match given.what:
        case "resolve":
            said |= resolution(given)
        case "ignore" if given.for_ever:
            said |= {"until": "for_ever"}
        case "snooze":
            said |= {"count": given.count, "users": given.users} | until(given.hours)
        case "assign":
            said |= {"to": target(client, given.to)}
        case "severity" if given.level != "auto":
            said |= {"severity": given.level}
        case _:
            pass
    return said


def resolution(given: Namespace) -> dict[str, Any]:
    if given.next_release:
        return {"how": "next_release"}
    if given.release:
        return {"how": "release", "value": given.release}
    return {"how": "commit", "value": given.commit} if given.commit else {}


def until(hours: float | None) -> dict[str, Any]:
    return {"until_at": int((time.time() + hours * 3600) * 1000)} if hours else {}


def target(client: Client, given: str) -> str:
    if given == "me":
        return f"person:{client.get('/me')['person']}"
    return "" if given == "nobody" else given


COMMAND = Command(
    summary="list, show and explain issues; resolve, assign, acknowledge them",
    details="A decision waits for the answer of the stage that judges it; exit code 1 when it was refused.",
    example="gregor issues list\n  gregor issues show SHOP-12\n  gregor issues resolve SHOP-12 --note 'fixed in #881'",
    arguments=arguments,
    run=run,
)
