"""How many distinct users, within a few percent and 2 KiB: HyperLogLog with Ertl's improved estimator.

O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv 1702.01284), algorithm 6.
"""

import math
from collections.abc import Iterable
from typing import Final

BITS: Final = 11
REGISTERS: Final = 1 << BITS
RANKS: Final = 64 - BITS  # highest rank is one more: all remaining bits zero
EMPTY: Final = bytes(REGISTERS)
ALPHA: Final = 1 / (2 * math.log(2))


def sketched(registers: bytes, hashes: Iterable[bytes]) -> bytes:
    """The registers with these 8-byte uniform hashes seen."""
    for found in hashes:
        registers = inserted(registers, found)
    return registers


def inserted(registers: bytes, hash_: bytes) -> bytes:
    """The same object when nothing changed, which is the usual case."""
    number = int.from_bytes(hash_)
    place, rest = number >> RANKS, number & ((1 << RANKS) - 1)
    rank = RANKS - rest.bit_length() + 1
    if registers[place] >= rank:
        return registers
    return registers[:place] + bytes((rank,)) + registers[place + 1 :]


def estimate(registers: bytes) -> int:
    """About how many distinct hashes were inserted."""
    counts = _counts(registers)
    z = REGISTERS * _tau(1 - sum(counts[RANKS + 1 :]) / REGISTERS)
    for n in reversed(counts[1 : RANKS + 1]):
        z = 0.5 * (z + n)
    z += REGISTERS * _sigma(counts[0] / REGISTERS)
    return round(ALPHA * REGISTERS * REGISTERS / z)


def _counts(registers: bytes) -> list[int]:
    """Registers by rank, up to the highest there is: mostly a dozen."""
    counts: list[int] = []
    left = REGISTERS
    while left:
        counts.append(registers.count(len(counts)))
        left -= counts[-1]
    return counts


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x, before = x * x, z
        z, y = z + x * y, y + y
    return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        x, before, y = math.sqrt(x), z, 0.5 * y
        z -= (1 - x) ** 2 * y
    return z / 3
