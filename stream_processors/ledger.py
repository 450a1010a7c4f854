"""The record in hand, kept where it outlives the process: who died at what (`deaths.py` judges)."""

import logging
import mmap
import struct
from pathlib import Path
from typing import Final

import msgspec

from stream_processors.deaths import Deaths, Place, died, survived

log = logging.getLogger(__name__)

PLACE: Final = struct.Struct("<?xxxiiiq")  # in hand, number of the source, partition, epoch, offset


class Ledger:
    """A few bytes of shared memory on a file cost a microsecond a record and survive SIGKILL."""

    def __init__(self, folder: Path, sources: tuple[str, ...]) -> None:
        self.sources = sources
        self.path = folder / "deaths.json"
        self.hand = _mapped(folder / "in-hand")
        self.deaths = self._buried()
        self.met = False

    def condemned(self, topic: str, partition: int, epoch: int, offset: int) -> bool:
        return bool(self.deaths.condemned) and (topic, partition, epoch, offset) in self.deaths.condemned

    def enter(self, topic: str, partition: int, epoch: int, offset: int) -> None:
        """The record there is about to be decided."""
        PLACE.pack_into(self.hand, 0, True, self.sources.index(topic), partition, epoch, offset)
        self.met = self.met or (topic, partition, epoch, offset) == self.deaths.place

    def leave(self) -> None:
        """All of the batch is decided."""
        self.hand[0] = 0

    def survived(self) -> None:
        """The batch came through: a record in it that a process died at is not to blame."""
        if self.met:
            self.met = False
            self._save(survived(self.deaths))

    def _buried(self) -> Deaths:
        """Read what the last process left, and count its death."""
        before = msgspec.json.decode(self.path.read_bytes(), type=Deaths) if self.path.exists() else Deaths()
        place = self._in_hand()
        after = died(before, place)
        self.hand[0] = 0
        if after != before:
            log.warning("a process died at a record", extra={"fields": {"place": place, "times": after.times}})
            self._save(after)
        return after

    def _in_hand(self) -> Place | None:
        held, source, partition, epoch, offset = PLACE.unpack_from(self.hand, 0)
        if not held or not 0 <= source < len(self.sources):
            return None
        return (self.sources[source], partition, epoch, offset)

    def _save(self, deaths: Deaths) -> None:
        self.deaths = deaths
        temporary = self.path.with_suffix(".new")
        temporary.write_bytes(msgspec.json.encode(deaths))
        temporary.replace(self.path)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("a+b") as file:
        file.truncate(PLACE.size)
        return mmap.mmap(file.fileno(), PLACE.size)
