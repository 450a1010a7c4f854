"""What stands in the way of a start."""

import os
from argparse import ArgumentParser, Namespace

from cli.frame.command import DONE, PROBLEM, Command
from cli.frame.output import as_json, say
from local_stack.doctor import Check, examine


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    checks = examine(os.environ)
    if given.json:
        as_json(checks)
    else:
        for check in checks:
            say(line(check))
    return DONE if all(check.ok for check in checks) else PROBLEM


def line(check: Check) -> str:
    mark = "ok     " if check.ok else "PROBLEM"
    return f"{mark}  {check.what}: {check.found}" + ("" if check.ok else f"\n         {check.do}")


COMMAND = Command(
    summary="check tools, versions, ports, disk and secrets, and say what to do",
    example="gregor doctor",
    arguments=arguments,
    run=run,
)
