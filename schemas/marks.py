"""Progress as records: markers pass through every log, ticks move the clock of escalation."""

from schemas.record import Instant, Record


class Marker(Record, frozen=True, kw_only=True, tag="marker.v1"):
    """All that stands before it in `partition` of the log of `origin` was accepted before `at`."""

    at: Instant
    origin: str  # the stage or service that wrote it
    partition: int  # of the log it was passed on from


class Tick(Record, frozen=True, kw_only=True, tag="tick.v1"):
    at: Instant
    partition: int
