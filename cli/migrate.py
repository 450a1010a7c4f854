"""The schema of PostgreSQL."""

from argparse import ArgumentParser, Namespace

import psycopg

from cli.frame.command import DONE, PROBLEM, Command, Problem
from cli.frame.local import stack_config
from cli.frame.output import as_json, say
from local_stack.addresses import addresses
from local_stack.keys import Keys
from local_stack.state import state_folder

OWNER = "gregor_owner"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dsn", help=f"database as {OWNER}; default: the local stack's")
    parser.add_argument("--check", action="store_true", help="only list what is missing; exit code 1 when something is")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    from storage_sink import migrate

    dsn = given.dsn or local_dsn()
    try:
        names = migrate.pending(dsn) if given.check else migrate.apply(dsn)
    except psycopg.Error as error:
        raise Problem(f"PostgreSQL: {str(error).strip()}") from error
    if given.json:
        as_json(names)
    else:
        verb = "missing" if given.check else "applied"
        say("\n".join(f"{verb}: {name}" for name in names) or "nothing to do")
    return PROBLEM if names and given.check else DONE


def local_dsn() -> str:
    config = stack_config()
    secrets = state_folder(config) / "secrets"
    if not secrets.is_dir():
        raise Problem("there is no local stack; give --dsn, or start one with `gregor up`")
    keys = Keys(secrets)
    return addresses(config, keys).postgres(OWNER, keys.password(OWNER))


COMMAND = Command(
    summary="bring PostgreSQL to the schema of this release",
    example="gregor migrate --check",
    arguments=arguments,
    run=run,
)
