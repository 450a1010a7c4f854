"""The way back from disk to Kafka: oldest first, live traffic before it, nothing unlinked before it arrived."""

import asyncio
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaError

from ingest_gateway.guard import LOCK, claimed, read, segments
from ingest_gateway.publish import Publisher
from ingest_gateway.segment import Damage, Record
from ingest_gateway.spool import Spool
from runtime.declared import counter
from runtime.kafka import Outgoing

log = logging.getLogger(__name__)
WINDOW_RECORDS: Final = 1000
WINDOW_BYTES: Final = 8 << 20
LOOK_EVERY_S: Final = 0.2
HEADERS: Final = (("spooled", b"1"),)
FOR_GOOD: Final = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD, KafkaError._KEY_SERIALIZATION})


class Drain:
    """Runs beside the door. A segment that is sent twice after a crash is harmless: same ids, same keys."""

    def __init__(self, spool: Spool, publisher: Publisher, topic: str) -> None:
        self.spool, self.publisher, self.topic = spool, publisher, topic
        self.adopted: dict[Path, int] = {}

    async def run(self) -> None:
        """Until cancelled. Looks for work while Kafka answers; what fails is tried again from its beginning."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.publisher.breaker.open:
                continue
            self.adopt()
            if self.spool.active is not None and not self.spool.writing:
                await self.spool.rotate()
            for path in sorted(self.spool.closed, key=lambda path: (self.spool.oldest[path], path.name)):
                if not await self.drain(path):
                    break
            self.release()

    def release(self) -> None:
        """An adopted folder that is empty goes; one with bytes put aside stays."""
        for folder, lock in list(self.adopted.items()):
            if not segments(folder):
                (folder / LOCK).unlink()
                with suppress(OSError):
                    folder.rmdir()
                os.close(lock)
                del self.adopted[folder]

    def adopt(self) -> None:
        """Takes over the folders beside ours whose process is gone."""
        for folder in self.spool.folder.parent.iterdir():
            if folder != self.spool.folder and folder not in self.adopted and folder.is_dir() and segments(folder):
                with suppress(BlockingIOError):
                    self.adopted[folder] = claimed(folder)
                    self.spool.take_over(folder)
                    log.info("an orphaned spool folder is adopted", extra={"fields": {"folder": folder.name}})

    async def drain(self, path: Path) -> bool:
        """Whether all of the segment is in Kafka, or refused for good and put aside."""
        window: list[Record] = []
        for found in read(path):
            if isinstance(found, Damage):
                self._put_aside(path, path.read_bytes()[found.start : found.end], "spool_damaged")
                continue
            window.append(found)
            if len(window) >= WINDOW_RECORDS or sum(len(each.value) for each in window) >= WINDOW_BYTES:
                if not await self._send(path, window):
                    return False
                window = []
        if window and not await self._send(path, window):
            return False
        self.spool.drained(path)
        return True

    async def _send(self, path: Path, window: list[Record]) -> bool:
        records = [Outgoing(self.topic, each.key, each.value, headers=HEADERS) for each in window]
        errors = await self.publisher.send(records)
        for record, error in zip(window, errors, strict=True):
            if error in FOR_GOOD:
                self._put_aside(path, record.value, "refused")
        return all(error is None or error in FOR_GOOD for error in errors)

    def _put_aside(self, path: Path, raw: bytes, why: str) -> None:
        """Kept for a person to look at; it must not block the rest."""
        with path.with_suffix(".bad").open("ab") as file:
            file.write(raw + b"\n")
        counter("gregor_gateway_spool_bad_total", why=why).inc()
        log.error("bytes of the spool are put aside", extra={"fields": {"why": why, "bytes": len(raw)}})
