"""The process that owns a running stack: starts it, waits for a signal, stops it.

`python -m local_stack.supervisor --report FD` writes JSON lines of `Report` to an inherited pipe and
keeps what a person may read in its own log.
"""

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Final

import msgspec

from local_stack.children import Interrupted, StartFailed
from local_stack.keys import PASSWORD_FILE, UNTOLD
from local_stack.lock import AlreadyRuns
from local_stack.records import Started
from local_stack.services import STARTED
from local_stack.stack import Stack
from local_stack.state import StateError
from local_stack.tools import ToolError
from runtime.config import ConfigError

STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
EXPECTED: Final = (StartFailed, AlreadyRuns, StateError, ToolError, ConfigError, OSError)


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of progress; the last one has `started`, `servers` or `failed`."""

    say: str = ""
    started: Started | None = None
    password: str = ""  # of the administrator, once
    servers: dict[str, str] = {}  # addresses, when only servers were asked for
    failed: str = ""


Tell = Callable[[Report], None]


def supervise(tell: Tell, only: tuple[str, ...] = STARTED) -> int:
    """Returns when the stack was stopped by a signal (0) or could not start (1)."""
    stop = threading.Event()
    try:
        stack = Stack.from_environment(os.environ, only=only, tell=lambda text: tell(Report(say=text)))
        _obey_signals(stop, stack)
        started = stack.start()
    except Interrupted:
        tell(Report(failed="interrupted; everything is stopped"))
        return 1
    except EXPECTED as error:
        tell(Report(failed=str(error)))
        return 1
    except Exception as error:  # the last line of the process: a store's refusal, or our bug
        traceback.print_exc()
        tell(Report(failed=f"{type(error).__name__}: {error} (details: logs/supervisor.log)"))
        return 1
    tell(_up(stack, started))
    stop.wait()
    tell(Report(say="stopping"))
    stack.stop()
    tell(Report(say="stopped"))
    return 0


def _up(stack: Stack, started: Started | None) -> Report:
    """The password is told by the first start that succeeds, by no other."""
    if started is None:
        where = stack.addresses
        mail = f"{where.smtp_host}:{where.smtp_port}"
        owner = where.postgres("gregor_owner")
        return Report(
            servers={"Kafka": where.kafka_brokers, "PostgreSQL": owner, "MongoDB": where.mongo_uri, "SMTP": mail}
        )
    untold = stack.keys.forget(UNTOLD)
    return Report(started=started, password=(stack.keys.find(PASSWORD_FILE) or "") if untold else "")


def _obey_signals(stop: threading.Event, stack: Stack) -> None:
    """The first signal stops; more of them change nothing, so that an impatient Ctrl-C leaves no orphans."""

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()
        stack.interrupt_start()

    for number in STOPPING:
        signal.signal(number, ask)


def reporter(handle: int) -> Tell:
    """To the pipe while somebody reads it, and to our log with the time; never the password."""
    pipe = os.fdopen(handle, "wb", buffering=0)

    def tell(report: Report) -> None:
        with contextlib.suppress(OSError):  # whoever started us may have gone
            if not pipe.closed:
                pipe.write(msgspec.json.encode(report) + b"\n")
        text = report.say or report.failed or "up"
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
            sys.stderr.flush()
        if report.started or report.servers or report.failed:
            with contextlib.suppress(OSError):
                pipe.close()

    return tell


if __name__ == "__main__":
    chosen = () if "--servers-only" in sys.argv else STARTED
    sys.exit(supervise(reporter(int(sys.argv[sys.argv.index("--report") + 1])), chosen))
