"""Event ids of the last hour, so that an event counts once (faust.md 5). One record per batch keeps them."""

from collections import deque
from typing import Final

import msgspec

from domain.ids import digest_bytes
from stream_processors.fingerprint.table import LAYOUT, META, At, Block, Meta, Recall, block_key, load, pack
from stream_processors.stage import Put

KEEP_MS: Final = 3_600_000
KEEP_IDS: Final = 20_000
BLOCK_IDS: Final = 1_500  # 20 bytes each: below 32 KiB
ID_BYTES: Final = 16
STRIDE: Final = 20
OFFSET_BITS: Final = 48
OFFSET_MASK: Final = (1 << OFFSET_BITS) - 1


class Shelf(msgspec.Struct):
    """One block, without its ids."""

    number: int
    first: At
    last_offset: int
    last_at: int
    count: int


class Ids:
    """The ids a partition remembers. `fresh` are those of the batch in hand."""

    def __init__(self, meta: Meta) -> None:
        self.meta = meta
        self.known: dict[bytes, int] = {}  # id -> position as one number
        self.shelves: deque[Shelf] = deque()
        self.fresh: list[tuple[bytes, int, int]] = []  # id, offset, append time
        self.epoch = 0
        self.watermark_at = meta.watermark_at

    def seen_at(self, id_: bytes) -> At | None:
        place = self.known.get(id_)
        return None if place is None else (place >> OFFSET_BITS, place & OFFSET_MASK)

    def is_logged(self, at: At, recall: Recall) -> bool:
        """Whether the block that holds `at` is in the table: then its outputs were acknowledged."""
        for shelf in reversed(self.shelves):
            if shelf.first[0] == at[0] and shelf.first[1] <= at[1] <= shelf.last_offset:
                return recall(block_key(shelf.number)) is not None
        return False

    def add(self, id_: bytes, at: At, append_at: int) -> None:
        self.known[id_] = _place(at)
        self.epoch = at[0]
        self.fresh.append((id_, at[1], append_at))


def _place(at: At) -> int:
    return at[0] << OFFSET_BITS | at[1]


def id_of(project_id: int, event_id: str) -> bytes:
    """Projects may send one event id twice: each to itself."""
    return digest_bytes(str(project_id), event_id)


def warm(recall: Recall) -> Ids:
    """Read every block that the table still has."""
    ids = Ids(load(recall, META, Meta) or Meta(LAYOUT, 0))
    for number in range(ids.meta.oldest_block, ids.meta.next_block):
        block = load(recall, block_key(number), Block)
        if block is not None:
            _shelve(ids, number, block)
    return ids


def _shelve(ids: Ids, number: int, block: Block) -> None:
    last = block.first_offset
    base = _place((block.epoch, block.first_offset))
    for start in range(0, len(block.ids), STRIDE):
        delta = int.from_bytes(block.ids[start + ID_BYTES : start + STRIDE], "big")
        last = block.first_offset + delta
        ids.known[block.ids[start : start + ID_BYTES]] = base + delta
    first = (block.epoch, block.first_offset)
    ids.shelves.append(Shelf(number, first, last, block.last_at, len(block.ids) // STRIDE))


def close(ids: Ids, recall: Recall) -> tuple[Put, ...]:
    """The batch's ids as blocks. Old blocks go first, the new ones last: a block proves that its batch was logged."""
    if not ids.fresh:
        return ()
    blocks = [_block(ids, start) for start in range(0, len(ids.fresh), BLOCK_IDS)]
    number = ids.meta.next_block
    newest_at = max(at for _, _, at in ids.fresh)
    ids.fresh = []
    for place, block in enumerate(blocks):
        _shelve(ids, number + place, block)
    gone = _expired(ids, newest_at, recall)
    oldest = ids.shelves[0].number
    ids.meta = Meta(LAYOUT, ids.meta.seq + 1, ids.watermark_at, number + len(blocks), oldest)
    added = [Put(block_key(number + place), pack(block)) for place, block in enumerate(blocks)]
    return (*(Put(block_key(each), None) for each in gone), Put(META, pack(ids.meta)), *added)


def _block(ids: Ids, start: int) -> Block:
    part = ids.fresh[start : start + BLOCK_IDS]
    first = part[0][1]
    packed = b"".join(id_ + (offset - first).to_bytes(4, "big") for id_, offset, _ in part)
    times = [at for _, _, at in part]
    return Block(LAYOUT, 1, ids.epoch, first, min(times), max(times), packed)


def _expired(ids: Ids, newest_at: int, recall: Recall) -> list[int]:
    """Numbers of blocks over an hour old with enough newer ids; their ids are forgotten."""
    gone: list[int] = []
    total = sum(shelf.count for shelf in ids.shelves)
    while ids.shelves[0].last_at <= newest_at - KEEP_MS and total - ids.shelves[0].count >= KEEP_IDS:
        shelf = ids.shelves.popleft()
        total -= shelf.count
        gone.append(shelf.number)
        _forget(ids, shelf, load(recall, block_key(shelf.number), Block))
    return gone


def _forget(ids: Ids, shelf: Shelf, block: Block | None) -> None:
    last = _place((shelf.first[0], shelf.last_offset))
    for start in range(0, len(block.ids) if block else 0, STRIDE):
        id_ = block.ids[start : start + ID_BYTES] if block else b""
        if ids.known.get(id_, 0) <= last:
            ids.known.pop(id_, None)
