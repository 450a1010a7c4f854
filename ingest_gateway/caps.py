"""How much of what a request may bring (ingest.md 2). Sizes in bytes."""

from typing import Final

import msgspec

KIB: Final = 1024
MIB: Final = 1024 * 1024

WIRE_BYTES: Final = 20 * MIB
EVENT_BYTES: Final = 1 * MIB
ENVELOPE_BYTES: Final = 50 * MIB
BATCH_BYTES: Final = 20 * MIB
RATIO: Final = 200  # unpacked to wire, judged only above RATIO_FROM_BYTES
RATIO_FROM_BYTES: Final = 8 * MIB
BLOCK_BYTES: Final = 64 * KIB

ENVELOPE_HEADER_BYTES: Final = 16 * KIB
ITEM_HEADER_BYTES: Final = 8 * KIB
EVENTS: Final = 100
ITEMS: Final = 1000
BATCH_EVENTS: Final = 1000

TARGET_BYTES: Final = 8 * KIB
HEADER_BYTES: Final = 32 * KIB
HEADER_COUNT: Final = 100
HEADER_WAIT_S: Final = 10.0
BODY_WAIT_S: Final = 30.0
KEEP_ALIVE_S: Final = 65  # above a balancer's 60: no reset on reuse

RECORD_BYTES: Final = 512 * KIB  # an encoded ErrorEvent


class Limits(msgspec.Struct, frozen=True):
    """What one route admits: bytes on the wire and bytes unpacked."""

    wire_bytes: int = WIRE_BYTES
    unpacked_bytes: int = ENVELOPE_BYTES


SINGLE: Final = Limits(EVENT_BYTES, EVENT_BYTES)
BATCH: Final = Limits(WIRE_BYTES, BATCH_BYTES)
ENVELOPE: Final = Limits(WIRE_BYTES, ENVELOPE_BYTES)
