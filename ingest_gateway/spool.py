"""Records that Kafka does not take now, on disk: written in groups, synced before anyone is told 200."""

import asyncio
import errno
import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from ingest_gateway import segment
from ingest_gateway.guard import claimed, mend, oldest_of, segments, sync_folder
from ingest_gateway.segment import Record
from schemas.reasons import Reason

log = logging.getLogger(__name__)
SEGMENT_BYTES: Final = 16 << 20
SEGMENT_S: Final = 10.0
GROUP_RECORDS: Final = 256
GROUP_BYTES: Final = 1 << 20
TRY_AGAIN_S: Final = 1.0
ROOM_SHARE: Final = 0.1  # below this share of room the gateway is not ready
SLOTS: Final = 256


class Limits(msgspec.Struct, frozen=True):
    most_bytes: int
    min_free_bytes: int


class Waiting(msgspec.Struct):
    raw: bytes
    done: asyncio.Future[Reason | None]


class Active(msgspec.Struct):
    """The segment being written. `good` is its length up to the last synced record."""

    path: Path
    file: int
    created_at: int
    good: int
    opened: float


class Spool:
    """One folder, one process. `keep` answers None when the records are on disk, else why they are not."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.lock = claimed(folder)
        self.active: Active | None = None
        self.closed: dict[Path, int] = {}
        self.oldest: dict[Path, int] = {}
        self.take_over(folder)
        self.sequence = max((int(path.stem, 16) for path in self.closed), default=0)
        self.waiting: list[Waiting] = []
        self.writing = False
        self.refusing_until = 0.0
        self.broken = False
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="spool")

    # --- what others ask

    @property
    def bytes_held(self) -> int:
        return sum(self.closed.values()) + (self.active.good if self.active else 0)

    @property
    def oldest_at(self) -> int:
        """When the oldest segment was begun, ms; 0: the spool is empty."""
        own = [self.active.created_at] if self.active else []
        return min([*own, *self.oldest.values()], default=0)

    def room_wrong(self) -> str | None:
        """Why no more traffic should come here."""
        if self.broken:
            return "the spool's disk fails"
        left = self.limits.most_bytes - self.bytes_held
        return "the spool is nearly full" if left < self.limits.most_bytes * ROOM_SHARE else None

    async def keep(self, records: Sequence[Record]) -> Reason | None:
        raw = b"".join(segment.encoded(record) for record in records)
        if time.monotonic() < self.refusing_until or self._full(len(raw)):
            return Reason.SPOOL_FULL
        waiting = Waiting(raw, asyncio.get_running_loop().create_future())
        self.waiting.append(waiting)
        if not self.writing:
            self.writing = True
            asyncio.get_running_loop().create_task(self._write())
        return await waiting.done

    def _full(self, more: int) -> bool:
        pending = sum(len(each.raw) for each in self.waiting)
        return self.bytes_held + pending + more > self.limits.most_bytes or self._free() < self.limits.min_free_bytes

    def _free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    # --- the one writer

    async def _write(self) -> None:
        """Takes all who wait, again and again, until nobody does: while one group is synced the next gathers."""
        loop = asyncio.get_running_loop()
        while self.waiting:
            group = self._group()
            reason = await loop.run_in_executor(self.thread, self._commit, b"".join(each.raw for each in group))
            for each in group:
                if not each.done.done():
                    each.done.set_result(reason)
        self.writing = False

    def _group(self) -> list[Waiting]:
        size = count = 0
        for each in self.waiting[:GROUP_RECORDS]:
            if count and size + len(each.raw) > GROUP_BYTES:
                break
            size, count = size + len(each.raw), count + 1
        group, self.waiting = self.waiting[:count], self.waiting[count:]
        return group

    def _commit(self, raw: bytes) -> Reason | None:
        try:
            active = self._segment()
            written = os.write(active.file, raw)
            while written < len(raw):
                written += os.write(active.file, raw[written:])
            os.fdatasync(active.file)
        except OSError as error:
            return self._failed(error)
        active.good += len(raw)
        self.broken = False
        return None

    def _failed(self, error: OSError) -> Reason:
        """No room: back to the last good byte. A failed sync: never this file again, its pages may be gone."""
        log.error("the spool cannot be written", extra={"fields": {"errno": errno.errorcode.get(error.errno or 0, "")}})
        self.refusing_until = time.monotonic() + TRY_AGAIN_S
        self.broken = error.errno != errno.ENOSPC
        if self.active is not None and (self.broken or not self._cut_back(self.active)):
            self._close(self.active)
        return Reason.SPOOL_FULL

    def _cut_back(self, active: Active) -> bool:
        try:
            os.ftruncate(active.file, active.good)
        except OSError:
            return False
        return True

    def _segment(self) -> Active:
        active = self.active
        if active is not None and active.good < SEGMENT_BYTES and time.monotonic() - active.opened < SEGMENT_S:
            return active
        if active is not None:
            self._close(active)
        return self._open()

    def _open(self) -> Active:
        self.sequence += 1
        path = self.folder / f"{self.sequence:016x}.seg"
        at = time.time_ns() // 1_000_000
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        os.write(file, segment.header(at))
        os.fsync(file)
        sync_folder(self.folder)
        self.active = Active(path, file, at, segment.HEADER.size, time.monotonic())
        return self.active

    def _close(self, active: Active) -> None:
        os.close(active.file)
        self.closed[active.path], self.oldest[active.path] = active.good, active.created_at
        self.active = None

    # --- for the drain

    def take_over(self, folder: Path) -> None:
        """What an earlier process left there."""
        mend(folder)
        for path in segments(folder):
            self.closed[path], self.oldest[path] = path.stat().st_size, oldest_of(path)

    async def rotate(self) -> None:
        """Closes the active segment, so that it can be drained."""
        await asyncio.get_running_loop().run_in_executor(self.thread, self._rotate)

    def _rotate(self) -> None:
        if self.active is not None:
            self._close(self.active)

    def drained(self, path: Path) -> None:
        """All of it is in Kafka. Unlinking works on a full disk too, and makes room at once."""
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
        self.closed.pop(path, None)
        self.oldest.pop(path, None)

    def stop(self) -> None:
        self.thread.shutdown(wait=True)
        self._rotate()
        os.close(self.lock)


def claimed_slot(parent: Path, limits: Limits) -> Spool:
    """The spool of the first folder by number that no other process has."""
    for number in range(SLOTS):
        try:
            return Spool(parent / str(number), limits)
        except BlockingIOError:
            continue
    raise OSError(errno.EAGAIN, f"all {SLOTS} folders of the spool are taken", str(parent))
