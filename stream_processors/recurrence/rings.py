"""Counts of one issue in time: rings of buckets keyed by `received_at`, and its latest instants exactly.

A window of m buckets is the newest one and the m-1 before: never anything older, at most one bucket short.
"""

from bisect import bisect_right
from typing import Final

import msgspec

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
MINUTES: Final = 120  # buckets kept
HOURS: Final = 168
DAYS: Final = 90
RECENT: Final = 128  # instants kept exactly
EXACT_MINUTES: Final = 60  # windows up to this are counted on the instants
INSTANT_BYTES: Final = 8


class Ring(msgspec.Struct, frozen=True, array_like=True):
    """`counts[-1]` belongs to bucket `newest`. What lies before the first count is not stored; a zero costs a byte."""

    newest: int = 0
    counts: tuple[int, ...] = ()


def added(ring: Ring, bucket: int, size: int, n: int = 1) -> Ring:
    """`n` more in `bucket`; a bucket no longer kept changes nothing. `n` may be negative, to take back."""
    counts, ahead = ring.counts, bucket - ring.newest
    if not counts or ahead >= size:
        return Ring(bucket, (n,))
    if ahead == 0:
        return Ring(bucket, (*counts[:-1], max(counts[-1] + n, 0)))
    if ahead > 0:
        return Ring(bucket, _trimmed((*counts, *(0,) * (ahead - 1), n)[-size:]))
    return ring if -ahead >= size else Ring(ring.newest, _late(counts, ahead - 1, n))


def within(ring: Ring, now: int, buckets: int) -> int:
    """Count of the `buckets` buckets that end with bucket `now`, which is not before the newest."""
    shown = buckets - (now - ring.newest)
    if shown <= 0:
        return 0
    return sum(ring.counts[-shown:]) if shown < len(ring.counts) else sum(ring.counts)


def between(ring: Ring, low: int, high: int) -> int:
    """Count of the buckets in (low, high]."""
    first = ring.newest - len(ring.counts) + 1
    start, stop = max(low + 1 - first, 0), max(high + 1 - first, 0)
    return sum(ring.counts[start:stop])


def series(ring: Ring, now: int, buckets: int) -> tuple[int, ...]:
    """The counts of those buckets, oldest first."""
    return tuple(between(ring, bucket - 1, bucket) for bucket in range(now - buckets + 1, now + 1))


def instants_with(recent: bytes, at: int) -> bytes:
    """The newest `RECENT` instants in order, eight bytes each."""
    new = at.to_bytes(INSTANT_BYTES, "little")
    known = instants(recent)
    if not known or known[-1] <= at:
        return (recent + new)[-RECENT * INSTANT_BYTES :]
    place = bisect_right(known, at) * INSTANT_BYTES
    return (recent[:place] + new + recent[place:])[-RECENT * INSTANT_BYTES :]


def instants_without(recent: bytes, at: int) -> bytes:
    """One instant taken out, where it is still known."""
    known = instants(recent)
    place = bisect_right(known, at) - 1
    if place < 0 or known[place] != at:
        return recent
    return recent[: place * INSTANT_BYTES] + recent[(place + 1) * INSTANT_BYTES :]


def instants_within(recent: bytes, now: int, span_ms: int) -> int:
    """How many lie in (now - span_ms, now]."""
    known = instants(recent)
    return bisect_right(known, now) - bisect_right(known, now - span_ms)


def instants(recent: bytes) -> memoryview:
    """Read as integers in place; the machines we run on are little-endian."""
    return memoryview(recent).cast("q")


def _late(counts: tuple[int, ...], place: int, n: int) -> tuple[int, ...]:
    """`n` more at `place`, counted from the end (-1 is the newest)."""
    missing = -place - len(counts)
    if missing > 0:
        return _trimmed((n, *(0,) * (missing - 1), *counts))
    changed = list(counts)
    changed[place] = max(changed[place] + n, 0)
    return tuple(changed)


def _trimmed(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Without the empty buckets at the old end."""
    if counts[0] > 0:
        return counts
    kept = next((place for place, n in enumerate(counts) if n > 0), len(counts) - 1)
    return counts[kept:]
