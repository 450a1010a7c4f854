"""`gregor COMMAND`: each command is a file beside this one. Exit codes: 0 done, 1 problem, 2 wrong usage."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from cli.frame.command import DONE, PROBLEM, USAGE, Command, Problem, WrongUsage
from cli.frame.output import complain, say
from cli.frame.registry import command, names, overview


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    known = names()
    if not given or given[0] in {"-h", "--help", "help"}:
        say(f"usage: gregor COMMAND [--help]\n\n{overview(known)}\n\ngregor COMMAND --help shows an example.")
        return DONE if given else USAGE
    if given[0] == "--version":
        say(_version())
        return DONE
    if given[0] not in known:
        complain(f"gregor: there is no command {given[0]}; `gregor --help` lists them")
        return USAGE
    return _run(given[0], command(given[0]), given[1:])


def parser_of(name: str, chosen: Command) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"gregor {name}",
        description=f"{chosen.summary}. {chosen.details}".strip(),
        epilog=f"example:\n  {chosen.example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    chosen.arguments(parser)
    return parser


def _run(name: str, chosen: Command, arguments: Sequence[str]) -> int:
    parser = parser_of(name, chosen)
    try:
        parsed = parser.parse_args(arguments)
    except SystemExit as wanted:  # --help is 0, wrong usage 2
        return wanted.code if isinstance(wanted.code, int) else USAGE
    try:
        return chosen.run(parsed)
    except BrokenPipeError:  # `gregor ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return PROBLEM
    except WrongUsage as error:
        complain(f"gregor {name}: {error}")
        return USAGE
    except _expected() as error:
        complain(f"gregor {name}: {error}")
        return PROBLEM


def _expected() -> tuple[type[Exception], ...]:
    """What a person can mend; asked for only after something was raised, since it imports half the house."""
    from local_stack.supervisor import EXPECTED

    return (Problem, *EXPECTED)


def _version() -> str:
    try:
        return f"gregor {version('gregor')}"
    except PackageNotFoundError:
        return "gregor, not installed"


if __name__ == "__main__":
    sys.exit(main())
