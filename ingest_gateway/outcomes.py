"""The door's ledger: how many events of each project and minute ended how. `received` = accepted + refused."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from domain.ids import digest
from schemas.outcome import Outcome
from schemas.reasons import Reason

MINUTE_MS: Final = 60_000
RECEIVED: Final = "received"
ACCEPTED: Final = "accepted"


class Outcomes:
    """Counts until drained. `process` (random, one per process) makes the ids of two gateways differ."""

    def __init__(self, process: str, stage: str = "gateway") -> None:
        self.process, self.stage = process, stage
        self.counts: dict[tuple[int, int], Counter[str]] = {}
        self.sequence = 0

    def add(self, project_id: int, at: int, reason: str, count: int = 1) -> None:
        """`project_id` 0: the request named none that we know."""
        if count:
            minute = at - at % MINUTE_MS
            self.counts.setdefault((project_id, minute), Counter())[reason] += count

    def add_all(self, project_id: int, at: int, ended: Mapping[str, int]) -> None:
        """How everything of one request ended; all but what a client lost was received."""
        if not ended:
            return
        minute = at - at % MINUTE_MS
        counts = self.counts.get((project_id, minute)) or self.counts.setdefault((project_id, minute), Counter())
        for reason, count in ended.items():
            counts[reason] += count
            if not reason.startswith(Reason.CLIENT_DISCARDED):
                counts[RECEIVED] += count

    def hear(self, project_id: int, at: int) -> None:
        """Makes sure that the next drain has a record of this minute, be it an empty one."""
        self.counts.setdefault((project_id, at - at % MINUTE_MS), Counter())

    def drain(self, spool_oldest_at: int = 0) -> list[Outcome]:
        """What was counted since; with a number that makes each record's id new."""
        taken, self.counts = self.counts, {}
        return [self._outcome(project, minute, counts, spool_oldest_at) for (project, minute), counts in taken.items()]

    def _outcome(self, project_id: int, minute: int, counts: Counter[str], spool_oldest_at: int) -> Outcome:
        self.sequence += 1
        return Outcome(
            outcome_id=digest("outcome", self.process, str(minute), str(self.sequence)),
            project_id=project_id,
            minute_at=minute,
            stage=self.stage,
            counts=tuple(sorted(pair for pair in counts.items() if pair[1])),
            spool_oldest_at=spool_oldest_at,
        )
