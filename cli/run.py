"""Run one service in this process."""

import os
from argparse import ArgumentParser, Namespace
from importlib import import_module

from cli.frame.command import DONE, USAGE, Command
from cli.frame.output import complain
from local_stack.services import SERVICES, known_fields
from runtime import log
from runtime.config import ConfigError, load


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("service", choices=sorted(SERVICES), help="stages runs all three in one process")


def run(given: Namespace) -> int:
    """A wrong environment is wrong usage: whoever restarts us need not try again."""
    service = SERVICES[given.service]
    try:
        config = load(service.config_type(), os.environ, known_fields())
    except ConfigError as error:
        complain(f"gregor run {given.service}: {error}")
        return USAGE
    log.configure(given.service, getattr(config, "log_level", "INFO"))
    module, _, name = service.run.partition(":")
    serve = getattr(import_module(module), name)
    serve(config, service.names) if service.names else serve(config)
    return DONE


COMMAND = Command(
    summary="run one service until it gets SIGTERM",
    details="Configured by GREGOR_ variables: `gregor config show SERVICE` lists them.",
    example="gregor run gateway",
    arguments=arguments,
    run=run,
)
