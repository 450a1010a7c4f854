"""`write | check` for files that are made from the code."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from cli.frame.command import DONE, PROBLEM
from cli.frame.output import as_json, say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["write", "check"], help="check: exit code 1 when a file is out of date")
    parser.add_argument("--json", action="store_true", help="print the paths as JSON")


def run(given: Namespace, write: Callable[[], list[str]], check: Callable[[], list[str]]) -> int:
    writing = given.what == "write"
    found = write() if writing else check()
    if given.json:
        as_json(found)
    else:
        word = "written" if writing else "out of date"
        say("\n".join(f"{word}: {path}" for path in found) or "up to date")
    return DONE if writing or not found else PROBLEM
