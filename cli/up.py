"""Start the local stack."""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from cli.frame import banner
from cli.frame.command import DONE, PROBLEM, Command, WrongUsage
from cli.frame.output import complain, say
from local_stack import detach, lock, records, supervisor
from local_stack.config import StackConfig
from local_stack.services import STARTED, known_fields
from local_stack.state import state_folder
from local_stack.supervisor import Report
from runtime.config import load


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--foreground", action="store_true", help="stay in this terminal; Ctrl-C stops everything")
    parser.add_argument("--servers-only", action="store_true", help="start no service of ours")
    parser.add_argument("--kafka", metavar="HOST:PORT", help="use these brokers instead of an own one")
    parser.add_argument("--postgres", metavar="DSN", help="use this PostgreSQL; DSN of an administrator")
    parser.add_argument("--mongo", metavar="URI", help="use this MongoDB")
    parser.add_argument("--smtp", metavar="HOST:PORT", help="send mail by this server instead of catching it")


def run(given: Namespace) -> int:
    environ = dict(os.environ) | replaced_servers(given)
    config = load(StackConfig, environ, known_fields())
    folder = state_folder(config)
    if lock.held(folder / "run"):
        return already(folder / "run")
    if given.foreground:
        os.environ.update(environ)
        only = () if given.servers_only else STARTED
        return supervisor.supervise(lambda report: show(report, foreground=True), only)
    options = ["--servers-only"] if given.servers_only else []
    last = detach.launch(folder, environ, lambda report: show(report, foreground=False), options)
    return PROBLEM if last.failed else DONE


def replaced_servers(given: Namespace) -> dict[str, str]:
    """The flags as the settings they stand for."""
    found = {
        "GREGOR_KAFKA_BROKERS": given.kafka,
        "GREGOR_POSTGRES_DSN": given.postgres,
        "GREGOR_MONGO_URI": given.mongo,
    }
    if given.smtp:
        host, colon, port = given.smtp.rpartition(":")
        if not colon or not port.isdigit():
            raise WrongUsage(f"--smtp {given.smtp}: HOST:PORT is needed")
        found |= {"GREGOR_SMTP_HOST": host, "GREGOR_SMTP_PORT": port}
    return {name: text for name, text in found.items() if text}


def already(run_folder: Path) -> int:
    holder, started = lock.supervisor(run_folder), records.started(run_folder)
    by = f"supervised by process {holder.pid}" if holder else "or starts just now"
    say(f"It runs already, {by}; `gregor status` shows how it is.")
    if started is not None:
        say(banner.addresses(started))
    return DONE


def show(report: Report, *, foreground: bool) -> None:
    if report.say:
        say(f"  {report.say}")
    if report.failed:
        complain(f"gregor up: {report.failed}")
    if report.servers:
        say("\n".join(f"  {name:<10} {address}" for name, address in report.servers.items()))
    if report.started is not None:
        say(banner.up(report.started, report.password, foreground=foreground))


COMMAND = Command(
    summary="start Kafka, PostgreSQL, a MongoDB-wire server, a mail catcher and every service",
    details="Returns when all of them are ready. Ports and folders are GREGOR_ variables: docs/operations.md.",
    example="gregor up\n  GREGOR_STATE=/tmp/gregor GREGOR_API_PORT=8190 gregor up --foreground",
    arguments=arguments,
    run=run,
)
