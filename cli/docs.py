"""Generated reference pages."""

from argparse import Namespace

from cli.frame import generated
from cli.frame.command import Command


def run(given: Namespace) -> int:
    from cli import reference

    return generated.run(given, reference.write, reference.check)


COMMAND = Command(
    summary="write the reference pages that are made from the code, or check that they are up to date",
    example="gregor docs check",
    arguments=generated.arguments,
    run=run,
)
