"""Event ids of the last hour (faust.md 5, data.md 3)."""

import pytest

from stream_processors.fingerprint import blocks
from stream_processors.fingerprint.blocks import BLOCK_IDS, KEEP_IDS, KEEP_MS, SMALL, Ids
from stream_processors.fingerprint.table import META, Block, block_key, load

EPOCH = 5


class Shelf:
    """Ids on a dict: `batch` remembers some and closes, `restart` reads them back."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.offset = 0
        self.restart()

    def restart(self) -> None:
        self.ids: Ids = blocks.warm(self.values.get)

    def at(self, id_: bytes) -> tuple[int, int] | None:
        return self.ids.seen_at(id_, self.values.get)

    def batch(self, count: int, at: int = 0) -> list[bytes]:
        fresh = [blocks.id_of(1, str(self.offset + place)) for place in range(count)]
        for place, id_ in enumerate(fresh):
            self.ids.add(id_, (EPOCH, self.offset + place), at)
        self.offset += count
        puts = blocks.close(self.ids)
        for put in puts:
            if put.value is None:
                self.values.pop(put.key)
            else:
                self.values[put.key] = put.value
        self.last = [put.key for put in puts]
        return fresh


def test_what_was_closed_is_known_after_a_restart() -> None:
    shelf = Shelf()
    first, second = shelf.batch(3), shelf.batch(2)
    shelf.restart()
    assert [shelf.at(id_) for id_ in (*first, *second)] == [(EPOCH, offset) for offset in range(5)]
    assert all(shelf.ids.is_logged((EPOCH, offset), shelf.values.get) for offset in range(5))


def test_the_block_is_logged_last() -> None:
    shelf = Shelf()
    shelf.batch(1)
    assert shelf.last == [META, block_key(0)]


def test_a_batch_without_events_writes_nothing() -> None:
    shelf = Shelf()
    shelf.batch(0)
    assert shelf.last == []


def test_small_batches_share_a_block() -> None:
    shelf = Shelf()
    fresh = [id_ for _ in range(3) for id_ in shelf.batch(2)]
    assert shelf.last == [block_key(0)]
    block = load(shelf.values.get, block_key(0), Block)
    assert block is not None
    assert (block.seq, len(block.ids) // 20) == (3, 6)
    shelf.restart()
    assert [shelf.at(id_) for id_ in fresh] == [(EPOCH, offset) for offset in range(6)]


def test_a_block_that_has_yet_to_grow_proves_nothing() -> None:
    shelf = Shelf()
    shelf.batch(1)
    before = dict(shelf.values)
    shelf.batch(1)
    assert shelf.ids.is_logged((EPOCH, 1), shelf.values.get)
    assert not shelf.ids.is_logged((EPOCH, 1), before.get)


def test_many_ids_are_found_among_sorted_numbers() -> None:
    shelf = Shelf()
    fresh = [id_ for _ in range(60) for id_ in shelf.batch(BLOCK_IDS)]
    assert len(shelf.ids.seen.segments) in range(2, 5)
    for place in range(0, len(fresh), 997):
        assert shelf.at(fresh[place]) == (EPOCH, place)
    assert shelf.at(blocks.id_of(2, "0")) is None
    shelf.restart()
    assert shelf.at(fresh[7]) == (EPOCH, 7)


def test_a_number_that_two_ids_share_is_told_apart_by_the_block() -> None:
    shelf = Shelf()
    (known,) = shelf.batch(1)
    for _ in range(12):
        shelf.batch(BLOCK_IDS)
    other = known[:8] + bytes(8)
    assert (shelf.at(known), shelf.at(other)) == ((EPOCH, 0), None)


def test_a_lost_block_is_missed_not_mourned() -> None:
    shelf = Shelf()
    lost, kept = shelf.batch(SMALL), shelf.batch(SMALL)
    del shelf.values[block_key(0)]
    shelf.restart()
    assert (shelf.at(lost[0]), shelf.at(kept[0])) == (None, (EPOCH, SMALL))


def test_what_is_not_in_the_table_was_not_logged() -> None:
    shelf = Shelf()
    shelf.batch(1)
    assert not shelf.ids.is_logged((EPOCH, 0), {}.get)
    assert not shelf.ids.is_logged((EPOCH, 9), shelf.values.get)


def test_a_large_batch_is_cut_into_blocks() -> None:
    shelf = Shelf()
    fresh = shelf.batch(2 * BLOCK_IDS + 1)
    found = [load(shelf.values.get, block_key(number), Block) for number in range(3)]
    assert [len(block.ids) // 20 for block in found if block] == [BLOCK_IDS, BLOCK_IDS, 1]
    assert max(len(shelf.values[block_key(number)]) for number in range(3)) <= 32 * 1024
    shelf.restart()
    assert shelf.at(fresh[-1]) == (EPOCH, 2 * BLOCK_IDS)


@pytest.mark.parametrize(
    ("newer", "later_ms", "kept"),
    [
        pytest.param(KEEP_IDS, KEEP_MS, False, id="old, and enough are newer: forgotten"),
        pytest.param(KEEP_IDS, KEEP_MS - 1, True, id="younger than an hour"),
        pytest.param(KEEP_IDS - 1, KEEP_MS, True, id="too few are newer"),
    ],
)
def test_forgetting(newer: int, later_ms: int, kept: bool) -> None:
    shelf = Shelf()
    (old,) = shelf.batch(1, at=0)
    shelf.batch(newer, at=later_ms)
    assert (shelf.at(old) is not None) is kept
    assert (block_key(0) in shelf.values) is kept
    shelf.restart()
    assert (shelf.at(old) is not None) is kept


def test_projects_do_not_share_ids() -> None:
    assert blocks.id_of(1, "a") != blocks.id_of(2, "a")


def test_another_epoch_is_another_place() -> None:
    shelf = Shelf()
    (id_,) = shelf.batch(1)
    assert shelf.at(id_) != (EPOCH + 1, 0)
