"""One supervisor per state folder. The kernel holds the lock, so a pid file that was left means nothing."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Final

from local_stack.process import Born, read_pid, write_pid

ATTEMPTS: Final = 5


class AlreadyRuns(Exception):
    """Another process supervises this state folder."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"it runs already, supervised by process {pid}" if pid else "it runs already")
        self.pid = pid


class Lock:
    def __init__(self, run: Path) -> None:
        self.path, self.pid_file = run / "lock", run / "supervisor.pid"
        self.file: IO[str] | None = None

    def take(self) -> None:
        """AlreadyRuns when another process has it; whoever only looks (`held`) has it for an instant."""
        file = self.path.open("a")
        for _ in range(ATTEMPTS):
            if _locked(file):
                break
            time.sleep(0.05)
        else:
            file.close()
            holder = read_pid(self.pid_file)
            raise AlreadyRuns(holder.pid if holder else 0)
        self.file = file
        write_pid(self.pid_file, "supervisor", os.getpid())

    @property
    def held(self) -> bool:
        return self.file is not None

    def release(self) -> None:
        if self.file is not None:
            self.pid_file.unlink(missing_ok=True)
            self.file.close()
            self.file = None


def held(run: Path) -> bool:
    """Does a supervisor live?"""
    if not (run / "lock").exists():
        return False
    with (run / "lock").open("a") as file:
        return not _locked(file)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def supervisor(run: Path) -> Born | None:
    return read_pid(run / "supervisor.pid") if held(run) else None
