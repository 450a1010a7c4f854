"""What a batch led to, before anything of it is written: outputs in order, and the table as it will be."""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from domain.ids import digest
from domain.snapshot import Snapshot
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from schemas.wire import encode
from stream_processors.stage import Context, Emit, Input, Put, Recall, Stage, Step

Read: TypeAlias = Callable[[int, bytes], bytes | None]

LARGEST: Final = 1_000_000  # bytes of one output or value: what a broker takes, less its frame
EVENTS: Final = "error-events"
MINUTE_MS: Final = 60_000
COMPANION, MARK, CLOSING = 0, 1, 2


class Sheet:
    """The changes of one partition: the final value of each key touched, and when it is to be logged."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes | None] = {}
        self.ranks: dict[bytes, int] = {}

    def put(self, put: Put, rank: int) -> None:
        self.values[put.key] = put.value
        self.ranks[put.key] = max(rank, self.ranks.get(put.key, COMPANION))

    def entries(self) -> list[Put]:
        """Companions, then marks, then what `close` said. A log cut anywhere holds no mark without its companions."""
        order = sorted(self.values, key=self.ranks.__getitem__)
        return [Put(key, self.values[key]) for key in order]


class _Owner(msgspec.Struct):
    record: str = ""
    project_id: int = 0
    event_id: str = ""


class Draft:
    """Collects the verdicts on one batch. `caches` are the stage's, by partition."""

    def __init__(self, read: Read, settings: Snapshot, partitions: int, caches: dict[int, object]) -> None:
        self.read = read
        self.settings = settings
        self.partitions = partitions
        self.caches = caches
        self.sheets: dict[int, Sheet] = {}
        self.emitted: list[Emit] = []
        self.refused: list[tuple[Input, Rejected]] = []

    def context(self, partition: int) -> Context:
        recall = self.recall(partition)
        return Context(recall, self.settings, self.caches.get(partition), self.partitions)

    def recall(self, partition: int) -> Recall:
        """The partition's table, with what this batch changed."""
        values = self.sheets.setdefault(partition, Sheet()).values
        read = self.read

        def recalled(key: bytes) -> bytes | None:
            return values[key] if key in values else read(partition, key)

        return recalled

    def add(self, arrived: Input, verdict: Verdict[Step]) -> Verdict[Step]:
        """The verdict that counts: a step that no broker would take is refused."""
        fitting = _fitting(verdict)
        match fitting:
            case Kept(step):
                self._take(arrived.partition, step)
            case Rejected():
                self.refused.append((arrived, fitting))
                self.emitted += _counted(arrived)
            case Dropped():
                pass
        return fitting

    def close(self, stage: Stage) -> None:
        """Let the stage end the batch in every partition that took part in it."""
        for partition in sorted(self.sheets):
            step = stage.close(self.context(partition))
            self.emitted += step.emit
            for put in step.remember:
                self.sheets[partition].put(put, CLOSING)

    def _take(self, partition: int, step: Step) -> None:
        sheet = self.sheets.setdefault(partition, Sheet())
        self.emitted += step.emit
        for put in step.remember[:-1]:
            sheet.put(put, COMPANION)
        for put in step.remember[-1:]:
            sheet.put(put, MARK)


def _fitting(verdict: Verdict[Step]) -> Verdict[Step]:
    """A record that no broker takes would end the process again and again; refused, it costs one dead letter."""
    match verdict:
        case Kept(step) if any(len(put.value or b"") > LARGEST for put in step.remember):
            return Rejected(Reason.STATE_FULL, "what the stage would remember is larger than a record may be")
        case Kept(step) if any(len(emit.value) > LARGEST for emit in step.emit):
            return Rejected(Reason.TOO_LARGE, "what the stage would tell is larger than a record may be")
        case _:
            return verdict


def _counted(refused: Input) -> list[Emit]:
    """The outcome of an event that ends here; nothing for other records: they are no events."""
    if refused.topic != EVENTS:
        return []
    owner = _owner(refused.value)
    if owner.record != "error_event.v1":
        return []
    position = (refused.epoch, refused.partition, refused.offset, 0)
    outcome = Outcome(
        outcome_id=digest("outcome", "fingerprint", *map(str, position)),
        project_id=owner.project_id,
        minute_at=refused.at // MINUTE_MS * MINUTE_MS,
        stage="fingerprint",
        counts=(("dead_letter", 1),),
        event_id=owner.event_id,
    )
    return [Emit("outcomes", str(owner.project_id).encode(), encode(outcome))]


def _owner(value: bytes) -> _Owner:
    try:
        return msgspec.json.decode(value, type=_Owner)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Owner()
