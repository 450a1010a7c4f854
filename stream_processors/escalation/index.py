"""The index of open episodes: 256 records of issue ids by their first byte, so that nobody has to walk the store."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from stream_processors.stage import Put, Recall

KIND: Final = b"o"
LAYOUT: Final = 1
ID_BYTES: Final = 16
MOST: Final = 4096  # ids of one record: 64 KiB


class Page(msgspec.Struct, frozen=True, array_like=True):
    layout: int = LAYOUT
    seq: int = 0
    ids: bytes = b""


class Indexed(msgspec.Struct, frozen=True):
    """`full`: episodes that found no place. They ring no timers after a restart, which is counted."""

    puts: tuple[Put, ...] = ()
    full: int = 0


def key(issue: bytes) -> bytes:
    return KIND + issue[:1]


def opened(recall: Recall) -> Iterator[bytes]:
    """All issues with an open episode."""
    for number in range(256):
        yield from _split(_page(KIND + bytes((number,)), recall).ids)


def with_opened(recall: Recall, issues: Iterable[bytes]) -> Indexed:
    """The pages that name these too; logged before the episodes themselves."""
    puts, full = [], 0
    for page_key, ids in _by_page(issues).items():
        page = _page(page_key, recall)
        known = set(_split(page.ids))
        room = sorted(ids - known)[: MOST - len(known)]
        full += len(ids - known) - len(room)
        if room:
            puts.append(_put(page_key, page, known | set(room)))
    return Indexed(tuple(puts), full)


def without_ended(recall: Recall, issues: Iterable[bytes]) -> tuple[Put, ...]:
    """The pages without these; only once their ends are logged, or a crash would leave an open one unnamed."""
    puts = []
    for page_key, ids in _by_page(issues).items():
        page = _page(page_key, recall)
        known = set(_split(page.ids))
        if known & ids:
            puts.append(_put(page_key, page, known - ids))
    return tuple(puts)


def _by_page(issues: Iterable[bytes]) -> dict[bytes, set[bytes]]:
    pages: dict[bytes, set[bytes]] = {}
    for issue in sorted(issues):
        pages.setdefault(key(issue), set()).add(issue)
    return pages


def _put(page_key: bytes, page: Page, ids: set[bytes]) -> Put:
    """An empty page is deleted."""
    raw = b"".join(sorted(ids))
    return Put(page_key, msgspec.msgpack.encode(Page(seq=page.seq + 1, ids=raw)) if raw else None)


def _page(page_key: bytes, recall: Recall) -> Page:
    raw = recall(page_key)
    return msgspec.msgpack.decode(raw, type=Page) if raw else Page()


def _split(ids: bytes) -> Iterator[bytes]:
    for start in range(0, len(ids), ID_BYTES):
        yield ids[start : start + ID_BYTES]
