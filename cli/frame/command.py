"""What a command is. One file `cli/<name>.py` holds one, as `COMMAND`; dashes are underscores there."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

import msgspec

DONE, PROBLEM, USAGE = 0, 1, 2


class Problem(Exception):
    """Something a person has to know; printed without a traceback, exit code 1."""


class WrongUsage(Exception):
    """The arguments do not fit together; exit code 2."""


def no_arguments(parser: ArgumentParser) -> None:
    """For commands that take none."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`summary` is one line; `example` is shown by --help and should work when pasted."""

    summary: str
    example: str
    run: Callable[[Namespace], int]
    arguments: Callable[[ArgumentParser], None] = no_arguments
    details: str = ""
