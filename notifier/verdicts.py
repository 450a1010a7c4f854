"""What became of one attempt. A provider's answer becomes one of four values."""

from enum import StrEnum
from typing import TypeAlias

import msgspec


class Fault(StrEnum):
    TIMEOUT = "timeout"
    THROTTLED = "throttled"
    DOWN = "down"  # cannot be reached, or says that it is ill
    REFUSED = "refused"  # this message or address, for good
    GONE = "gone"  # the address itself is no more: never use it again
    LOST = "lost"  # the answer never came; it may have been sent


class Accepted(msgspec.Struct, frozen=True):
    """`provider_id`: the provider's name for it; `thread_ref`: what a later message of the episode refers to."""

    provider_id: str = ""
    thread_ref: str = ""
    detail: str = ""


class TryAgain(msgspec.Struct, frozen=True):
    fault: Fault
    code: str = ""
    detail: str = ""
    retry_after_s: float = 0.0


class GiveUp(msgspec.Struct, frozen=True):
    fault: Fault
    code: str = ""
    detail: str = ""


class Unclear(msgspec.Struct, frozen=True):
    """The connection ended between our last byte and the answer."""

    code: str = ""
    detail: str = ""


Verdict: TypeAlias = Accepted | TryAgain | GiveUp | Unclear
