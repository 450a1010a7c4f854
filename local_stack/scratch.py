"""A stack of one's own for a test or a benchmark: free ports, a folder under the system's temporary one."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local_stack.config import PORTS, StackConfig


def free_ports(count: int) -> list[int]:
    """All are held until the last is found, so none is given twice."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextmanager
def scratch(**fields: Any) -> Iterator[StackConfig]:
    """A configuration whose folder is removed afterwards; pytest's own folders are closed to `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="gregor-"))
    folder.chmod(0o711)
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    try:
        yield StackConfig(**{"state": str(folder / "state"), **ports, **fields})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
