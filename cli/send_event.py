"""Send one event to a DSN."""

import http.client
import json
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cli.frame.banner import ERROR
from cli.frame.command import DONE, Command, Problem, WrongUsage
from cli.frame.local import running
from cli.frame.output import as_json, say

WAIT_S = 10.0
ENVELOPE = "application/x-sentry-envelope"


class Dsn(msgspec.Struct, frozen=True, kw_only=True):
    base: str
    key: str
    project: str


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("dsn", nargs="?", default="", help="default: the local stack's")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--message", metavar="TEXT", help="a message instead of the example error")
    what.add_argument("--file", metavar="PATH", help="an event as JSON, or a Sentry envelope; - reads standard input")
    parser.add_argument("--json", action="store_true", help="print the answer as it came")


def run(given: Namespace) -> int:
    dsn = parse(given.dsn or running().dsn)
    body = json.dumps({"message": given.message, "level": "error"} if given.message else ERROR).encode()
    if given.file:
        body = sys.stdin.buffer.read() if given.file == "-" else Path(given.file).read_bytes()
    answer = post(dsn, body)
    if given.json:
        as_json(answer)
    else:
        say(f"accepted: {answer.get('id', '')}")
        for warning in answer.get("warnings", []):
            say(f"  {warning}")
    return DONE


def parse(text: str) -> Dsn:
    parts = urlsplit(text)
    prefix, _, project = parts.path.rpartition("/")
    if not (parts.scheme in {"http", "https"} and parts.username and parts.hostname and project.isdigit()):
        raise WrongUsage(f"{text} is no DSN: https://KEY@HOST/PROJECT")
    host = parts.netloc.rpartition("@")[2]
    return Dsn(base=f"{parts.scheme}://{host}{prefix}", key=parts.username, project=project)


def is_envelope(body: bytes) -> bool:
    """Its first line is a whole JSON object and something follows it."""
    head, newline, rest = body.partition(b"\n")
    if not newline or not rest.strip():
        return False
    try:
        return isinstance(json.loads(head), dict)
    except ValueError:
        return False


def post(dsn: Dsn, body: bytes) -> dict[str, Any]:
    envelope = is_envelope(body)
    path = f"/api/{dsn.project}/envelope/" if envelope else "/api/v1/events"
    headers = {"Content-Type": ENVELOPE if envelope else "application/json"}
    headers["X-Sentry-Auth"] = f"Sentry sentry_version=7, sentry_client=gregor-cli/1, sentry_key={dsn.key}"
    request = urllib.request.Request(dsn.base + path, data=body, headers=headers)  # noqa: S310 parse() allows http only
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
            return found
    except urllib.error.HTTPError as error:
        raise Problem(f"refused with {error.code}: {error.read(500).decode(errors='replace').strip()}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Problem(f"{dsn.base} does not answer: {error}") from error


COMMAND = Command(
    summary="send one event to a DSN and print its id",
    example="gregor send-event --message 'disk full'\n  gregor send-event http://KEY@HOST/1 --file event.json",
    arguments=arguments,
    run=run,
)
