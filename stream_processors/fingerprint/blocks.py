"""Event ids of the last hour, so that an event counts once (faust.md 5). One record per batch keeps them."""

from collections import deque
from typing import Final

import msgspec

from domain.ids import digest_bytes
from stream_processors.fingerprint.seen import Seen
from stream_processors.fingerprint.table import LAYOUT, META, At, Block, Meta, Recall, block_key, load, pack
from stream_processors.stage import Put

KEEP_MS: Final = 3_600_000
KEEP_IDS: Final = 20_000
BLOCK_IDS: Final = 1_500  # 20 bytes each: below 32 KiB
ID_BYTES: Final = 16
STRIDE: Final = 20
SMALL: Final = 64  # ids: a block below may grow


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
        self.seen = Seen()
        self.shelves: deque[Shelf] = deque()
        self.total = 0  # ids on the shelves
        self.newest: Block | None = None  # may be added to while it is small
        self.fresh: list[tuple[bytes, int, int]] = []  # id, offset, append time
        self.epoch = 0
        self.watermark_at = meta.watermark_at

    def seen_at(self, id_: bytes, recall: Recall) -> At | None:
        """Where the id was seen; a likely place is confirmed by its block."""
        found = self.seen.certain(id_)
        if found is not None:
            return None if self._is_forgotten(found) else found
        return next((at for at in self.seen.likely(id_) if self._confirms(id_, at, recall)), None)

    def _is_forgotten(self, at: At) -> bool:
        return bool(self.shelves) and at[0] == self.shelves[0].first[0] and at[1] < self.shelves[0].first[1]

    def _confirms(self, id_: bytes, at: At, recall: Recall) -> bool:
        shelf = self.shelf_of(at)
        block = load(recall, block_key(shelf.number), Block) if shelf is not None else None
        return block is not None and id_ in (block.ids[start : start + ID_BYTES] for start in _starts(block))

    def shelf_of(self, at: At) -> Shelf | None:
        for shelf in reversed(self.shelves):
            if shelf.first[0] == at[0] and shelf.first[1] <= at[1] <= shelf.last_offset:
                return shelf
        return None

    def is_logged(self, at: At, recall: Recall) -> bool:
        """Whether the block in the table holds `at`: then its outputs were acknowledged."""
        shelf = self.shelf_of(at)
        block = load(recall, block_key(shelf.number), Block) if shelf is not None else None
        return block is not None and at[1] <= _last(block)

    def add(self, id_: bytes, at: At, append_at: int) -> None:
        self.seen.add(id_, at)
        self.epoch = at[0]
        self.fresh.append((id_, at[1], append_at))


def _last(block: Block) -> int:
    return block.first_offset + int.from_bytes(block.ids[-STRIDE + ID_BYTES :], "big")


def _starts(block: Block) -> range:
    return range(0, len(block.ids), STRIDE)


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
            _remember(ids, block)
    return ids


def _shelve(ids: Ids, number: int, block: Block) -> None:
    """Note a block, or that it has grown."""
    if ids.shelves and ids.shelves[-1].number == number:
        ids.total -= ids.shelves.pop().count
    count = len(block.ids) // STRIDE
    first = (block.epoch, block.first_offset)
    ids.shelves.append(Shelf(number, first, _last(block), block.last_at, count))
    ids.total += count
    ids.newest = block


def _remember(ids: Ids, block: Block) -> None:
    for start in _starts(block):
        delta = int.from_bytes(block.ids[start + ID_BYTES : start + STRIDE], "big")
        ids.seen.add(block.ids[start : start + ID_BYTES], (block.epoch, block.first_offset + delta))


def close(ids: Ids) -> tuple[Put, ...]:
    """The batch's ids as blocks. Old blocks go first, the new ones last: a block proves that its batch was logged."""
    if not ids.fresh:
        return ()
    grown = _grown(ids)
    number = ids.meta.next_block - 1 if grown else ids.meta.next_block
    blocks = [grown] if grown else [_block(ids, start) for start in range(0, len(ids.fresh), BLOCK_IDS)]
    newest_at = max(at for _, _, at in ids.fresh)
    ids.fresh = []
    for place, block in enumerate(blocks):
        _shelve(ids, number + place, block)
    gone = _expired(ids, newest_at)
    added = tuple(Put(block_key(number + place), pack(block)) for place, block in enumerate(blocks))
    return (*(Put(block_key(each), None) for each in gone), *_meta(ids, number + len(blocks)), *added)


def _meta(ids: Ids, next_block: int) -> tuple[Put, ...]:
    before, oldest = ids.meta, ids.shelves[0].number
    if (before.next_block, before.oldest_block) == (next_block, oldest):
        return ()
    ids.meta = Meta(LAYOUT, before.seq + 1, ids.watermark_at, next_block, oldest)
    return (Put(META, pack(ids.meta)),)


def _grown(ids: Ids) -> Block | None:
    """The newest block with the batch added, if both are small: an hour of small batches is not a block each."""
    newest = ids.newest
    if newest is None or newest.epoch != ids.epoch or len(newest.ids) // STRIDE + len(ids.fresh) > SMALL:
        return None
    added = _packed(ids.fresh, newest.first_offset)
    times = [newest.last_at, *(at for _, _, at in ids.fresh)]
    return msgspec.structs.replace(newest, seq=newest.seq + 1, last_at=max(times), ids=newest.ids + added)


def _block(ids: Ids, start: int) -> Block:
    part = ids.fresh[start : start + BLOCK_IDS]
    first = part[0][1]
    times = [at for _, _, at in part]
    return Block(LAYOUT, 1, ids.epoch, first, min(times), max(times), _packed(part, first))


def _packed(part: list[tuple[bytes, int, int]], first: int) -> bytes:
    return b"".join(id_ + (offset - first).to_bytes(STRIDE - ID_BYTES, "big") for id_, offset, _ in part)


def _expired(ids: Ids, newest_at: int) -> list[int]:
    """Numbers of blocks over an hour old with enough newer ids; their ids are forgotten."""
    gone: list[int] = []
    while ids.shelves[0].last_at <= newest_at - KEEP_MS and ids.total - ids.shelves[0].count >= KEEP_IDS:
        shelf = ids.shelves.popleft()
        ids.total -= shelf.count
        gone.append(shelf.number)
    if gone:
        ids.seen.forget_before(ids.shelves[0].first)
    return gone
