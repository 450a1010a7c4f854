"""Who met an issue: exact up to 64 users, then a sketch; and the 256 seen last, for windows."""

from bisect import bisect_right
from typing import Final

import msgspec

from stream_processors.recurrence.sketch import EMPTY, estimate, inserted, sketched

EXACT: Final = 64
LAST: Final = 256
HASH_BYTES: Final = 8
INSTANT_BYTES: Final = 8


class Users(msgspec.Struct, frozen=True, array_like=True):
    """`known`: sorted hashes while there are at most 64; then `registers`, whose count is about right.

    `last` are hashes of the users seen last and `last_at` when, side by side, the oldest first. All three only
    grow by unions and maxima, so folding an occurrence twice changes nothing.
    """

    count: int = 0
    known: bytes = b""
    registers: bytes = b""
    last: bytes = b""
    last_at: bytes = b""

    @property
    def exact(self) -> bool:
        return not self.registers


def met(users: Users, user: str, at: int) -> Users:
    """`user` (16 hex, empty for nobody) was hit at `at`."""
    if not user:
        return users
    hash_ = bytes.fromhex(user)
    count, known, registers = _counted(users, hash_)
    last, last_at = _seen(users, hash_, at)
    return Users(count, known, registers, last, last_at)


def users_within(users: Users, now: int, span_ms: int) -> int:
    """Distinct users in (now - span_ms, now]; never more than the 256 that are kept."""
    known = memoryview(users.last_at).cast("q")
    return bisect_right(known, now) - bisect_right(known, now - span_ms)


def _counted(users: Users, hash_: bytes) -> tuple[int, bytes, bytes]:
    if users.registers:
        registers = inserted(users.registers, hash_)
        return (users.count if registers is users.registers else estimate(registers)), b"", registers
    if _place(users.known, hash_) >= 0:
        return users.count, users.known, b""
    all_ = sorted((*_split(users.known), hash_))
    if len(all_) <= EXACT:
        return len(all_), b"".join(all_), b""
    registers = sketched(EMPTY, all_)
    return estimate(registers), b"", registers


def _seen(users: Users, hash_: bytes, at: int) -> tuple[bytes, bytes]:
    last, last_at = users.last, users.last_at
    place = _place(last, hash_)
    if place >= 0:
        start, stop = place * INSTANT_BYTES, (place + 1) * INSTANT_BYTES
        at = max(at, int.from_bytes(last_at[start:stop], "little"))
        last = last[: place * HASH_BYTES] + last[(place + 1) * HASH_BYTES :]
        last_at = last_at[:start] + last_at[stop:]
    where = bisect_right(memoryview(last_at).cast("q"), at)
    last = last[: where * HASH_BYTES] + hash_ + last[where * HASH_BYTES :]
    last_at = last_at[: where * INSTANT_BYTES] + at.to_bytes(INSTANT_BYTES, "little") + last_at[where * INSTANT_BYTES :]
    return last[-LAST * HASH_BYTES :], last_at[-LAST * INSTANT_BYTES :]


def _place(hashes: bytes, hash_: bytes) -> int:
    """Index of `hash_`, -1 when absent; a find that is not aligned is chance."""
    found = hashes.find(hash_)
    while found >= 0 and found % HASH_BYTES:
        found = hashes.find(hash_, found + 1)
    return found // HASH_BYTES


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
