"""A service as a process: the environment it is told, the program that is started."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local_stack import probe
from local_stack.addresses import Addresses
from local_stack.keys import Keys
from local_stack.process import Program
from local_stack.services import SERVICES
from runtime.config import PREFIX

ROOT: Final = Path(__file__).parents[1]


def environment(name: str, values: Mapping[str, str], servers: Addresses, keys: Keys) -> dict[str, str]:
    """GREGOR_ variables of one service: only fields that it declares, secrets only where they are needed."""
    service = SERVICES[name]
    given = dict(values)
    if service.role:
        given["postgres_dsn"] = servers.postgres(service.role)
        given["secret_postgres_password"] = keys.password(service.role)
    given["secret_master_key"] = keys.master_key()
    declared = service.config_type().__struct_fields__
    return {PREFIX + field.upper(): text for field, text in given.items() if field in declared}


def program(name: str, service: str, environ: Mapping[str, str]) -> Program:
    """A service as a program; its ports are read back from its environment."""
    room = SERVICES[service]
    inner = int(environ[PREFIX + room.inner_port.upper()])
    return Program(
        name=name,
        kind="service",
        command=(sys.executable, "-m", "cli.main", "run", service),
        environ=environ,
        folder=ROOT,
        ready=lambda: probe.http_ready(inner),
        ports=(inner, *(int(environ[PREFIX + port.upper()]) for port in room.ports)),
    )
