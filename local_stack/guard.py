"""Outlives its supervisor by a moment: when that was killed, what it had started is stopped.

`python -m local_stack.guard RUN` reads its standard input. Words are a farewell; an end without any is a death.
"""

import subprocess
import sys
from pathlib import Path
from typing import IO, Final

from local_stack.lock import AlreadyRuns, Lock
from local_stack.process import end_left_over, write_pid

ROOT: Final = Path(__file__).parents[1]


class Guard:
    """The supervisor's side."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local_stack.guard", str(self.run)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        write_pid(self.run / "guard.pid", "guard", self.process.pid)

    def dismiss(self) -> None:
        """All is stopped: nothing is left to guard."""
        if self.process is not None:
            self.process.communicate(b"farewell")
            (self.run / "guard.pid").unlink(missing_ok=True)
            self.process = None


def watch(supervisor: IO[bytes], run: Path) -> None:
    """A new supervisor that holds the lock has cleaned up itself; its programs are none of ours."""
    if supervisor.read():
        return
    lock = Lock(run)
    try:
        lock.take()
    except AlreadyRuns:
        return
    end_left_over(run)
    lock.release()


if __name__ == "__main__":
    watch(sys.stdin.buffer, Path(sys.argv[1]))
