"""Folders of the spool: one process each, guarded by a lock; what a dead process left there is mended."""

import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingest_gateway import segment
from ingest_gateway.segment import Damage, Record

log = logging.getLogger(__name__)
LOCK: Final = "lock"


def claimed(folder: Path) -> int:
    """The lock of a folder that is now ours. BlockingIOError: another process has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise
    return file


def mend(folder: Path) -> None:
    """A torn tail of the newest segment is cut off: it was never acknowledged. An empty segment goes."""
    for path in segments(folder)[-1:]:
        torn = segment.torn_at(path.read_bytes())
        if torn is not None:
            os.truncate(path, torn)
            log.warning("a torn tail of the spool is cut", extra={"fields": {"segment": path.name}})
        if path.stat().st_size <= segment.HEADER.size:
            path.unlink()


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def oldest_of(path: Path) -> int:
    with path.open("rb") as file:
        return segment.created_at(file.read(segment.HEADER.size)) or 0


def sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def read(path: Path) -> Iterator[Record | Damage]:
    return segment.records(path.read_bytes())
