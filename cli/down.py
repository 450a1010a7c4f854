"""Stop the local stack."""

from argparse import ArgumentParser, Namespace

from cli.frame.command import DONE, Command
from cli.frame.local import folder
from cli.frame.output import say
from local_stack import detach, state


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--wipe", action="store_true", help="also remove all its data, logs and secrets")


def run(given: Namespace) -> int:
    here = folder()
    stopped = detach.stop(here, lambda text: say(f"  {text}"))
    say("stopped" if stopped else f"nothing runs in {here}")
    if given.wipe:
        state.wipe(here)
        say(f"{here} is wiped")
    return DONE


COMMAND = Command(
    summary="stop everything that `gregor up` started",
    details="Services first, then servers, by process id. What an earlier supervisor left behind is stopped too.",
    example="gregor down --wipe",
    arguments=arguments,
    run=run,
)
