"""Starting a supervisor that outlives the terminal, and stopping one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from local_stack import lock, proc, state
from local_stack.process import end, end_left_over
from local_stack.supervisor import Report

ROOT: Final = Path(__file__).parents[1]
STOP_WAIT_S: Final = 90.0


def launch(
    folder: Path, environ: Mapping[str, str], tell: Callable[[Report], None], options: Sequence[str] = ()
) -> Report:
    """Start it in a session of its own and pass on what it reports; the last report says how it ended."""
    state.prepare(folder)
    reading, writing = os.pipe()
    with (folder / "logs/supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_stack.supervisor", "--report", str(writing), *options],
            env=dict(environ),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writing,),
            start_new_session=True,
        )
    os.close(writing)
    return follow(process, reading, tell)


def follow(process: subprocess.Popen[bytes], reading: int, tell: Callable[[Report], None]) -> Report:
    """Ctrl-C while it starts is handed on; then what it has started is stopped before we return."""
    last = Report(failed="the supervisor was ended; the end of logs/supervisor.log may say why")
    with os.fdopen(reading, "rb") as pipe:
        while True:
            try:
                line = pipe.readline()
            except KeyboardInterrupt:
                process.send_signal(signal.SIGTERM)
                continue
            if not line:
                break
            last = msgspec.json.decode(line, type=Report)
            tell(last)
    if last.failed:
        process.wait()
    return last


def stop(folder: Path, tell: Callable[[str], None]) -> bool:
    """Stop the supervisor with all it has started, and what an earlier one left. False: nothing ran."""
    run = folder / "run"
    found = lock.supervisor(run)
    if found is not None:
        end(found.pid, signal.SIGTERM)
        if not proc.gone(found.pid, found.birth, STOP_WAIT_S):
            end(found.pid, signal.SIGKILL)
            proc.gone(found.pid, found.birth, 5.0)
    left = end_left_over(run) if run.is_dir() else []
    for name in left:
        tell(f"{name} of an earlier run: stopped")
    return found is not None or bool(left)
