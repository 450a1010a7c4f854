"""Any operation of the API by its method and path."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from cli.api_client import signed_in
from cli.frame.command import DONE, Command, WrongUsage
from cli.frame.output import as_json

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("method", type=str.upper, choices=METHODS)
    parser.add_argument("path", help="below /api/v1, with its query: '/issues?query=is:new'")
    parser.add_argument("--body", "-d", help="JSON; @FILE reads a file, - standard input")
    parser.add_argument("--if-match", metavar="VERSION", help="the version that is changed")


def run(given: Namespace) -> int:
    headers = {"If-Match": f'"{given.if_match}"'} if given.if_match else {}
    path = given.path if given.path.startswith("/") else f"/{given.path}"
    answer = signed_in().send(given.method, path, body(given.body), headers)
    if answer is not None:
        as_json(answer)
    return DONE


def body(given: str | None) -> Any:
    if given is None:
        return None
    text = sys.stdin.read() if given == "-" else Path(given[1:]).read_text() if given.startswith("@") else given
    try:
        return json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"the body is no JSON: {error}") from error


COMMAND = Command(
    summary="call any operation of the API; docs/api.md lists them",
    example="gregor api GET '/issues?query=is:new'\n  gregor api POST /projects -d @project.json",
    arguments=arguments,
    run=run,
)
