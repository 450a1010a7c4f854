"""Real servers for the tests of this room, each in its own folder and on free ports, stopped by process id."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from local_stack import kafka_server, mongo_server, state
from local_stack.config import StackConfig
from local_stack.process import Program
from local_stack.scratch import free_ports
from topics.apply import apply

BINARIES = Path("/usr/lib/postgresql")


def binary(name: str) -> str:
    """The newest PostgreSQL program of that name on this machine."""
    versions = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else shutil.which(name) or name


def unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


class Postgres:
    """One server with trust authentication; `dsn(role, database)` reaches it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(1)[0]

    def dsn(self, role: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        where = ("-D", str(self.folder / "data"))
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", *where)
        settings = f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(settings + "max_connections = 40\nshared_buffers = 128MB\n")

    def start(self) -> None:
        given = ("-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"))
        for _ in range(40):  # after kill -9 the first attempts may meet orphan backends
            if self._run("pg_ctl", *given, "start", check=False).returncode == 0:
                return
            time.sleep(0.25)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-m", mode, "-D", str(self.folder / "data"), "stop", check=False)

    def postmaster(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def execute(self, text: str, database: str = "gregor") -> list[tuple[object, ...]]:
        """As the superuser, whom no policy binds."""
        with psycopg.connect(self.dsn(database=database), autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, name: str, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        command = [*unprivileged(), binary(name), *arguments]
        quiet = subprocess.DEVNULL
        return subprocess.run(command, check=check, cwd="/", stdout=quiet, stderr=quiet)


class Running:
    """A program of the local stack, started for a test."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.program.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.program.command, env=dict(self.program.environ), cwd=self.program.folder, stdout=log, stderr=log
            )
        until(lambda: self.program.ready() is None, f"{self.program.name} serves")

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None


def until(true: Callable[[], object], what: str, within_s: float = 30.0) -> None:
    """Wait for readiness, not for time."""
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.05)


@contextmanager
def folder(name: str) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"gregor-{name}-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[Postgres]:
    with folder("postgres") as made, ExitStack() as stack:
        server = Postgres(made)
        stack.callback(server.stop, "immediate")  # the folder goes too
        server.make()
        server.start()
        yield server


@contextmanager
def mongo() -> Iterator[tuple[Running, str]]:
    """The server and its URI."""
    with folder("mongo") as made, ExitStack() as stack:
        config = StackConfig(mongo_port=free_ports(1)[0])
        server = Running(mongo_server.program(config, made, {"PATH": os.environ["PATH"]}))
        stack.callback(server.stop)
        server.start()
        yield server, f"mongodb://127.0.0.1:{config.mongo_port}"


@contextmanager
def kafka() -> Iterator[tuple[Running, str]]:
    """The server, its topics made, and its address."""
    with folder("kafka") as made, ExitStack() as stack:
        ports = free_ports(2)
        config = StackConfig(kafka_port=ports[0], kafka_controller_port=ports[1])
        environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        server = Running(kafka_server.program(config, state.cache_folder(config), made, environ))
        stack.callback(server.stop)
        server.start()
        apply(f"127.0.0.1:{ports[0]}", "local")
        yield server, f"127.0.0.1:{ports[0]}"


def python(*arguments: str, environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    """A process of this project's own code."""
    return subprocess.Popen([sys.executable, *arguments], env={"PATH": os.environ["PATH"], **environ})
