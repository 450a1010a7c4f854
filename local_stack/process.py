"""One program as a process: started, known again by its birth, stopped by its id."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from local_stack import proc

Ready = Callable[[], str | None]  # None: ready, else what is missing


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to start and how to know that it serves. `user` empty: ours."""

    name: str
    kind: str  # server or service
    command: tuple[str, ...]
    environ: Mapping[str, str]
    ready: Ready
    folder: Path  # working directory
    ports: tuple[int, ...] = ()
    user: str = ""
    stop_signal: int = signal.SIGTERM
    grace_s: float = 15.0
    ended: Callable[[int], None] = lambda code: None  # told the exit code


class Born(msgspec.Struct, frozen=True, kw_only=True):
    """What the pid file holds: an id alone may belong to a stranger by now."""

    name: str
    pid: int
    birth: str


class Child:
    """A started program."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes], pid_file: Path) -> None:
        self.program = program
        self.process = process
        self.pid_file = pid_file
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        return self.process.pid

    def exit_code(self) -> int | None:
        return self.process.poll()

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        self.pid_file.unlink(missing_ok=True)
        self.program.ended(self.process.returncode)
        return True

    def stop(self) -> None:
        """Ask, wait, then kill with all that it started."""
        self.signal(self.program.stop_signal)
        if not self.wait(self.program.grace_s):
            self.kill()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self.pid_file.unlink(missing_ok=True)


def spawn(program: Program, logs: Path, run: Path) -> Child:
    """Start in a session of its own, so that Ctrl-C in a terminal reaches the supervisor alone.

    OSError (a full disk) leaves no process: one without a pid file would be lost to the next supervisor.
    """
    with (logs / f"{program.name}.log").open("ab") as log:
        process = subprocess.Popen(
            program.command,
            env=dict(program.environ),
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=program.user or None,
            group=program.user or None,
            extra_groups=[] if program.user else None,
        )
    pid_file = run / f"{program.name}.pid"
    child = Child(program, process, pid_file)
    try:
        write_pid(pid_file, program.name, process.pid)
    except OSError:
        child.kill()
        raise
    return child


def write_pid(pid_file: Path, name: str, pid: int) -> None:
    born = Born(name=name, pid=pid, birth=proc.birth(pid) or "")
    half = pid_file.with_suffix(".new")
    half.write_bytes(msgspec.json.encode(born))
    half.replace(pid_file)


def read_pid(pid_file: Path) -> Born | None:
    """The process of the file if it still lives, else None (gone, another's id, unreadable file)."""
    try:
        born = msgspec.json.decode(pid_file.read_bytes(), type=Born)
    except (OSError, msgspec.DecodeError):
        return None
    return born if born.birth and proc.birth(born.pid) == born.birth else None


def left_over(run: Path) -> list[Born]:
    """Programs of an earlier supervisor that outlived it."""
    found = [read_pid(path) for path in pid_files(run)]
    return [born for born in found if born is not None]


def pid_files(run: Path) -> list[Path]:
    """Of programs; the supervisor and its guard are none."""
    return [path for path in sorted(run.glob("*.pid")) if path.stem not in {"supervisor", "guard"}]


def end_left_over(run: Path, grace_s: float = 10.0) -> list[str]:
    """Stop them, services first; return their names."""
    servers = {"kafka", "postgres", "mongo", "smtp"}
    found = left_over(run)
    for group in ([b for b in found if b.name not in servers], [b for b in found if b.name in servers]):
        for born in group:
            end(born.pid, signal.SIGINT if born.name == "postgres" else signal.SIGTERM)
        for born in group:
            if not proc.gone(born.pid, born.birth, grace_s):
                end(born.pid, signal.SIGKILL)
                proc.gone(born.pid, born.birth, 5.0)
    for path in pid_files(run):
        path.unlink(missing_ok=True)
    return [born.name for born in found]


def end(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
