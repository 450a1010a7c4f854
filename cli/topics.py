"""Topics as the YAML files say."""

import os
from argparse import ArgumentParser, Namespace

from cli.frame.command import DONE, PROBLEM, Command, Problem
from cli.frame.local import stack_config
from cli.frame.output import as_json, say
from local_stack import probe


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["check", "diff", "apply"], help="check: exit code 1 when something differs")
    parser.add_argument("--brokers", metavar="HOST:PORT", help="default: GREGOR_KAFKA_BROKERS, else the local stack")
    parser.add_argument("--profile", choices=["local", "production"], default="local", help="partitions, replication")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    from topics import apply

    brokers = given.brokers or os.environ.get("GREGOR_KAFKA_BROKERS") or f"127.0.0.1:{stack_config().kafka_port}"
    missing = probe.kafka(brokers)
    if missing:
        raise Problem(missing)
    try:
        found = (apply.apply if given.what == "apply" else apply.diff)(brokers, given.profile)
    except apply.CannotApply as error:
        raise Problem(str(error)) from error
    if given.json:
        as_json(found)
    else:
        say("\n".join(map(str, found)) or "nothing differs")
    return PROBLEM if found and given.what == "check" else DONE


COMMAND = Command(
    summary="compare a cluster's topics with topics/*.yaml, or bring it there",
    details="Nothing is ever deleted.",
    example="gregor topics diff\n  gregor topics apply --brokers kafka:9092 --profile production",
    arguments=arguments,
    run=run,
)
