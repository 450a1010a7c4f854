"""Outcome v1: how many events ended how. The ledger behind "nothing vanishes silently"."""

from schemas.record import Instant, Record


class Outcome(Record, frozen=True, kw_only=True, tag="outcome.v1"):
    """`counts` = ((reason, events), ..) of one project and minute; 0 is "no project known"."""

    outcome_id: str
    project_id: int
    minute_at: Instant
    stage: str  # the service that counted
    counts: tuple[tuple[str, int], ...]
    event_id: str = ""
    process: str = ""  # of a door: which one; the same name after a restart
    spool_oldest_at: Instant = 0
