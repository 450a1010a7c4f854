"""How a process refuses to go on, and what it owns on disk."""

import fcntl
import logging
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn, TextIO

import msgspec

log = logging.getLogger(__name__)

IDENTITY: Final = "identity.json"


class SlotTaken(Exception):
    """Another process works with this slot: two of them would fight over one membership and one store."""


class OtherPartitions(Exception):
    """The topics have another partition count than the store was built with."""


def fatal(why: str, /, **fields: object) -> NoReturn:
    """End the process at once. Nothing half done is written; the supervisor restarts, the log is read again."""
    log.critical(why, extra={"fields": fields}, exc_info=sys.exc_info()[0] is not None)
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(1)


def hold(folder: Path) -> TextIO:
    """Own `folder` until the process ends; SlotTaken if somebody else does. Keep the file open."""
    folder.mkdir(parents=True, exist_ok=True)
    held = (folder / "lock").open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise SlotTaken(f"another process works in {folder}; give this one its own GREGOR_STAGES_SLOT") from error
    return held


class Identity(msgspec.Struct, frozen=True):
    """What a local store belongs to: it is worthless for a changelog made anew."""

    changelog_epoch: int
    partitions: int


def belong(folder: Path, identity: Identity) -> bool:
    """Bind the store in `folder` to its changelog. False: it belonged to another one and was removed."""
    path = folder / IDENTITY
    before = msgspec.json.decode(path.read_bytes(), type=Identity) if path.exists() else None
    if before is not None and before.partitions != identity.partitions:
        text = f"{folder} was built for {before.partitions} partitions, the topics have {identity.partitions}"
        raise OtherPartitions(f"{text}: use `gregor restore`")
    known = before is None or before == identity
    if not known:
        wipe(folder)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(msgspec.json.encode(identity))
    temporary.replace(path)
    return known


def wipe(folder: Path) -> None:
    """Remove the local store; the changelog has everything."""
    for store in folder.glob("v*"):
        shutil.rmtree(store, ignore_errors=True)


class KillAt:
    """Tests only: `[stage.]point:n` ends the process by SIGKILL when it passes the point the n-th time."""

    def __init__(self, where: str, stage: str) -> None:
        place, _, times = where.partition(":")
        only, _, point = place.rpartition(".")
        self.point = point if only in {"", stage} else ""
        self.left = int(times or 0)

    def passed(self, point: str) -> None:
        if point != self.point:
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
