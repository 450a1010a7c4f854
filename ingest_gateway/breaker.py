"""When to stop waiting for Kafka: three waits in a row without an answer open it, one probe a second closes it."""

from typing import Final

OPENS_AFTER: Final = 3
PROBE_EVERY_S: Final = 1.0


class Breaker:
    """`at`: seconds of any steady clock, given by the caller."""

    def __init__(self) -> None:
        self.failures = 0
        self.probed_at = 0.0

    @property
    def open(self) -> bool:
        return self.failures >= OPENS_AFTER

    def admits(self, at: float) -> bool:
        """Whether this record may try Kafka: always when closed, else as the probe of this second."""
        if not self.open:
            return True
        if at - self.probed_at < PROBE_EVERY_S:
            return False
        self.probed_at = at
        return True

    def answered(self) -> None:
        self.failures = 0

    def failed(self, at: float) -> None:
        self.failures += 1
        self.probed_at = at
