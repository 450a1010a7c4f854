"""Generated JSON Schemas of the records."""

from argparse import Namespace

from cli.frame import generated
from cli.frame.command import Command


def run(given: Namespace) -> int:
    from schemas import generate

    return generated.run(given, generate.write, generate.check)


COMMAND = Command(
    summary="write the JSON Schemas of all records, or check that they are up to date",
    example="gregor schemas check",
    arguments=generated.arguments,
    run=run,
)
