"""The stage's table: RocksDB through Faust, written by us, restored by the number in each value."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any, Final

import rocksdict
from faust.stores import STORES
from faust.stores.rocksdb import Store

from stream_processors.guard import fatal
from stream_processors.sequence import TOMBSTONE_SEQ, seq_of, stands
from stream_processors.stage import Put

log = logging.getLogger(__name__)

SCHEME: Final = "gregor"
TABLE: Final = "t"
OPTIONS: Final = {
    "block_cache_size": 4 << 20,
    "write_buffer_size": 2 << 20,
    "max_write_buffer_number": 2,
    "target_file_size_base": 8 << 20,
}


def register() -> None:
    """Let Faust find our store by the scheme of its URL."""
    STORES.aliases[SCHEME] = f"{__name__}:SeqStore"


class SeqStore(Store):
    """Restoring keeps the higher `seq` of a key, whatever a worker that woke up late wrote after it.

    `stale` are the keys whose newest changelog record is the lower one: the loop logs them again, before
    compaction leaves nothing but that.
    """

    logger = logging.getLogger("faust.stores")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stale: dict[int, set[bytes]] = {}

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:
        """Faust only logs what is raised here and goes on without the state: so nothing is raised."""
        try:
            self._restore(batch)
        except Exception:
            self.reset_state()
            fatal("a changelog could not be restored; the local store is removed", table=self.table_name)

    def _restore(self, batch: Iterable[Any]) -> None:
        pending: dict[int, dict[bytes, bytes | None]] = {}
        offsets: dict[int, int] = {}
        for event in batch:
            message = event.message
            partition, key = message.partition, message.key
            values = pending.setdefault(partition, {})
            known = values[key] if key in values else self._db_for_partition(partition).get(key)
            stale = self.stale.setdefault(partition, set())
            if stands(known, message.value, _seq(message)):
                values[key] = message.value
                stale.discard(key)
            else:
                stale.add(key)
            offsets[partition] = max(message.offset, offsets.get(partition, -1))
        for partition, values in pending.items():
            self.write(partition, values.items(), offsets[partition])

    def write(self, partition: int, values: Iterable[tuple[bytes, bytes | None]], changelog_offset: int) -> None:
        """All at once, or nothing: the values and how far the changelog is contained in them."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in values:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(self.offset_key, str(changelog_offset).encode())
        self._db_for_partition(partition).write(batch)


class Memory:
    """What the loop sees of the table."""

    def __init__(self, table: Any) -> None:
        self.table = table

    @property
    def store(self) -> SeqStore:
        store = self.table.data
        assert isinstance(store, SeqStore)
        return store

    def read(self, partition: int, key: bytes) -> bytes | None:
        value: bytes | None = self.store._db_for_partition(partition).get(key)
        return value

    def write(self, partition: int, entries: Sequence[Put], changelog_offset: int) -> None:
        self.store.write(partition, ((put.key, put.value) for put in entries), changelog_offset)

    def take_stale(self, partition: int) -> list[Put]:
        """Values to log again, once: see `SeqStore`."""
        keys = self.store.stale.pop(partition, set())
        return [Put(key, self.read(partition, key)) for key in sorted(keys)]


def _seq(message: Any) -> int | None:
    if message.value is not None:
        return seq_of(message.value)
    number = dict(message.headers or ()).get(TOMBSTONE_SEQ)
    return int(number) if number else None
