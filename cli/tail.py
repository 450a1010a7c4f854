"""Watch what happens, live."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any
from urllib.parse import urlencode

from cli.api_client import PREFIX, decoded, request, signed_in
from cli.frame.command import DONE, Command
from cli.frame.issue_text import clipped, when
from cli.frame.output import complain, say

SILENCE_S = 30.0  # the API says something every 5 s


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--kinds", default="issue,step", help="issue, command, step, delivery, comma separated")
    parser.add_argument("--issue", default="", help="only about this issue: short id or id")
    parser.add_argument("--count", type=int, default=0, metavar="N", help="end after N messages; 0: never")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as they came")


def run(given: Namespace) -> int:
    client = signed_in()
    issue = client.get(f"/issues/{given.issue}")["issue_id"] if given.issue else ""
    query = urlencode({name: value for name, value in (("kinds", given.kinds), ("issue", issue)) if value})
    headers = {"Authorization": f"Bearer {client.login.token}"}
    with request(
        client.login.url, "GET", f"{PREFIX}/live/events?{query}", headers=headers, timeout=SILENCE_S
    ) as answer:
        if answer.status != 200:
            decoded(answer)
        return follow(answer, given)


def follow(answer: Any, given: Namespace) -> int:
    kind, shown = "", 0
    for line in answer:
        name, _, text = line.decode().rstrip().partition(": ")
        if name == "event":
            kind = text
        elif name == "data" and kind == "gap":
            complain(f"something was missed: {json.loads(text)['why']}")
        elif name == "data" and kind not in {"hello", "fresh"}:
            body = json.loads(text)
            say(json.dumps({"kind": kind, **body}) if given.json else line_of(kind, body))
            shown += 1
            if shown == given.count:
                break
    return DONE


def line_of(kind: str, body: dict[str, Any]) -> str:
    indent, about, reason = " " * 19, body.get("issue_id", "")[:12], body.get("reason", "")
    match kind:
        case "issue":
            head = f"{when(body['last_seen_at'])}  {body['change']:<10} {body['severity']:<8}"
            return f"{head} {body['times_seen']:>6}  {about}  {clipped(body['title'], 70)}"
        case "step":
            return f"{indent}  {'alert':<10} {body['severity']:<8} {body['kind']:>6}  {about}  {reason}"
        case "delivery":
            return f"{indent}  {body['state']:<10} {body['recipient']} by {body['channel']} {reason}"
        case _:
            return f"{indent}  {'decision':<10} {'applied' if body['applied'] else 'refused'}  {about}  {reason}"


COMMAND = Command(
    summary="watch issues, alerts and deliveries as they happen",
    example="gregor tail\n  gregor tail --kinds delivery --json",
    arguments=arguments,
    run=run,
)
