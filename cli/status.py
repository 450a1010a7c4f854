"""How the local stack is."""

from argparse import ArgumentParser, Namespace

from cli.frame import banner
from cli.frame.command import DONE, PROBLEM, Command
from cli.frame.local import stack_config
from cli.frame.output import as_json, say, size, table
from local_stack.state import state_folder
from local_stack.status import One, Status, status

HEADER = ("NAME", "STATE", "PID", "PORTS", "MEMORY", "CPU", "RESTARTS", "")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    config = stack_config()
    found = status(config, state_folder(config))
    if given.json:
        as_json(found)
    else:
        show(found)
    return DONE if found.ready else PROBLEM


def show(found: Status) -> None:
    if not found.running:
        say(f"No stack runs in {found.state_folder}; `gregor up` starts one.")
        if found.left_over:
            say(f"Left without a supervisor: {', '.join(found.left_over)}; `gregor down` stops them.")
        return
    table(HEADER, [row(one) for one in found.programs])
    word = "ready" if found.ready else "not ready"
    say(f"\n{word}, supervised by process {found.supervisor_pid}, {size(found.memory_bytes)} in all")
    if found.started is not None:
        say(banner.addresses(found.started))


def row(one: One) -> tuple[object, ...]:
    ports = ",".join(map(str, one.ports))
    cpu = f"{one.cpu_s:.1f} s" if one.pid else ""
    return (one.name, one.state, one.pid or "", ports, size(one.memory_bytes), cpu, one.restarts, one.why)


COMMAND = Command(
    summary="show every process with its readiness, ports and memory",
    details="Exit code 0 when all are ready, else 1.",
    example="gregor status --json",
    arguments=arguments,
    run=run,
)
