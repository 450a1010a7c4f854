"""Which programs a stack consists of, in which order they start and stop."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local_stack import kafka_server, mail_server, mongo_server, postgres_server, probe
from local_stack.addresses import Addresses
from local_stack.config import PORTS, StackConfig
from local_stack.keys import Keys
from local_stack.process import Program, Ready
from local_stack.services import SERVICES
from runtime.config import PREFIX

SERVERS: Final = ("kafka", "postgres", "mongo", "smtp")
SERVER_PORTS: Final = {
    "kafka": ("kafka_port", "kafka_controller_port"),
    "postgres": ("postgres_port",),
    "mongo": ("mongo_port",),
    "smtp": ("smtp_port",),
}


def plain_environment() -> dict[str, str]:
    """Ours without GREGOR_ variables; fewer malloc arenas keep processes with threads small."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return {"MALLOC_ARENA_MAX": "2"} | inherited


def server(name: str, config: StackConfig, state: Path, cache: Path) -> Callable[[], Program]:
    """Prepares the server's folder and gives its program; slow the first time."""
    keys, folder, environ = Keys(state / "secrets"), state / name, plain_environment()
    match name:
        case "kafka":
            return lambda: kafka_server.program(config, cache, folder, environ)
        case "postgres":
            return lambda: postgres_server.program(config, keys, folder, environ)
        case "mongo":
            return lambda: mongo_server.program(config, folder, environ)
        case "smtp":
            return lambda: mail_server.program(config, state / "mail", environ)
        case _:
            raise ValueError(name)


def question(name: str, where: Addresses) -> Ready:
    """The round trip that tells whether a server serves, ours or another."""
    asks: dict[str, Ready] = {
        "kafka": lambda: probe.kafka(where.kafka_brokers),
        "postgres": lambda: probe.postgres(where.postgres_admin),
        "mongo": lambda: probe.mongo(where.mongo_uri),
        "smtp": lambda: probe.smtp(where.smtp_host, where.smtp_port),
    }
    return asks[name]


def ports(config: StackConfig, servers: tuple[str, ...], services: tuple[str, ...]) -> dict[str, tuple[int, str]]:
    """Setting -> (port, who listens on it) of all that would be started."""
    found = {field: name for name in servers for field in SERVER_PORTS[name]}
    for name in services:
        found |= dict.fromkeys((*SERVICES[name].ports, SERVICES[name].inner_port), name)
    return {field: (getattr(config, field), name) for field, name in found.items() if field in PORTS}


def ports_wrong(wanted: dict[str, tuple[int, str]], busy: Callable[[int], bool]) -> list[str]:
    """A line for every port that two programs want or that somebody else holds."""
    wrong, first = [], dict[int, str]()
    for field, (port, name) in wanted.items():
        setting = PREFIX + field.upper()
        if port in first:
            wrong.append(f"port {port} is given twice: {first[port]} and {setting}")
        elif busy(port):
            wrong.append(f"port {port} of {name} is in use by another program; set {setting} to a free one")
        first.setdefault(port, setting)
    return wrong
