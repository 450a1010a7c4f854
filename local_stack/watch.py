"""The thread that looks after a running stack: revives the dead, writes the status, keeps logs short."""

import shutil
import threading
import time
from pathlib import Path
from typing import Final

from local_stack import records
from local_stack.children import Children, Slot
from local_stack.records import Seen
from local_stack.state import MIB, room_wrong

LOOK_EVERY_S: Final = 0.1
CLEAN_EVERY_S: Final = 30.0
LONGEST_LOG_BYTES: Final = 64 * MIB
LOW_BYTES: Final = 128 * MIB


class Watch:
    def __init__(self, children: Children, state: Path) -> None:
        self.children, self.state = children, state
        self.ended = threading.Event()
        self.thread: threading.Thread | None = None
        self.told_full = False

    def start(self) -> None:
        self.thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.ended.set()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join()
        self.thread = None

    def _look(self) -> None:
        clean_at, seen = time.monotonic(), list[Seen]()
        while not self.ended.wait(LOOK_EVERY_S):
            self.children.tend()
            now_seen = snapshot(self.children)
            if now_seen != seen and records.write(self.state / "run/status.json", now_seen) is None:
                seen = now_seen
            if time.monotonic() >= clean_at:
                clean_at = time.monotonic() + CLEAN_EVERY_S
                self._clean()

    def _clean(self) -> None:
        """A disk that fills up is said once, before the servers stumble over it."""
        full = room_wrong(self.state, LOW_BYTES)
        if full and not self.told_full:
            self.children.tell(full)
        self.told_full = full is not None
        for path in (self.state / "logs").glob("*.log"):
            shorten(path, LONGEST_LOG_BYTES)


def snapshot(children: Children) -> list[Seen]:
    with children.lock:
        return [_seen(slot) for slot in children.slots.values()]


def _seen(slot: Slot) -> Seen:
    return Seen(
        name=slot.program.name,
        kind=slot.program.kind,
        pid=slot.child.pid if slot.child else 0,
        ports=slot.program.ports,
        restarts=slot.restarts,
        last_exit=slot.last_exit,
        held=slot.held,
    )


def shorten(path: Path, longest_bytes: int) -> None:
    """Keep one older copy. The writer holds the file open for appending, so it is emptied, not renamed."""
    try:
        if path.stat().st_size > longest_bytes:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            with path.open("r+b") as file:
                file.truncate(0)
    except OSError:
        return  # a full disk: the next look tries again
