"""What conditions and filters of alert rules may know about an issue at one instant."""

from typing import Protocol

import msgspec

from domain.releases import Releases
from schemas.kinds import Severity, Status
from schemas.occurrence import Occurrence


class Windows(Protocol):
    """Counts up to the instant of the facts. Spans in minutes."""

    def count(self, window_m: int) -> int:
        """Occurrences within the window, exact below 128 and up to an hour."""
        ...

    def earlier(self, window_m: int, against: str) -> float:
        """Occurrences of the window before, or of the same time yesterday or last week."""
        ...

    def users(self, window_m: int) -> int:
        """Distinct users within the window, exact up to 256."""
        ...


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The issue with the occurrence in hand folded in. A pulse has a synthetic occurrence."""

    at: int
    occurrence: Occurrence
    windows: Windows
    status: Status
    severity: Severity
    total: int
    first_seen_at: int
    first_release: str = ""
    assignee: str = ""
    born: bool = False
    regressed: bool = False
    woke: bool = False
    milestones: tuple[str, ...] = ()
    anomaly: int = 0  # 1: verdict D, 2: verdict E
    pulse: bool = False
    releases: Releases = {}
