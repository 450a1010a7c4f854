"""An SMTP server that keeps every mail as a file: `python -m local_stack.mail_catcher PORT FOLDER`."""

import itertools
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from runtime.stop import stop_event

LARGEST_BYTES = 16 << 20


class Keep:
    """Answers 250 only when the file is there under its final name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """The envelope's addresses go in front: a hidden copy is seen nowhere else."""
        name = f"{time.time_ns() // 1_000_000:013d}-{next(self.numbers):05d}"
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        half = self.folder / f".{name}.new"
        half.write_bytes(head.encode() + envelope.content)
        half.rename(self.folder / f"{name}.eml")
        return f"250 kept as {name}"


def main(port: int, folder: Path) -> None:
    stop = stop_event()
    catcher = Controller(Keep(folder), hostname="127.0.0.1", port=port, data_size_limit=LARGEST_BYTES)
    catcher.start()
    stop.wait()
    catcher.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
