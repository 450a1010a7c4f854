"""A PostgreSQL of our own for tests that ask real questions: fresh folder, free port, no durability."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from storage_sink.migrate import ROLES, apply, prepare

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a superuser; the server is gone afterwards."""
    binaries = BINARIES[-1]
    root = os.geteuid() == 0
    user = ["runuser", "-u", "postgres", "--"] if root else []
    folder = Path(tempfile.mkdtemp(prefix="query_api-"))
    if root:
        shutil.chown(folder, "postgres")
    port = free_port()
    data = folder / "data"
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off"
    try:
        run(user, binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N", "--locale=C.UTF-8")
        run(user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*user, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def run(user: list[str], *command: object) -> None:
    subprocess.run([*user, *map(str, command)], check=True, stdout=subprocess.DEVNULL)


def as_role(superuser: str, role: str, database: str) -> str:
    return superuser.replace("postgres@", f"{role}@").rsplit("/", 1)[0] + f"/{database}"


def fresh_database(superuser: str) -> str:
    """A migrated database; return its name."""
    name = f"gregor_{secrets.token_hex(4)}"
    prepare(superuser, name, {})
    apply(as_role(superuser, ROLES[0], name))
    return name


def copy_of(superuser: str, template: str) -> str:
    name = f"{template}_{secrets.token_hex(4)}"
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        connection.execute(f"alter database {name} set search_path = gregor, public")
    return name
