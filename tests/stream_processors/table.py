"""A stage on a dict: the decision of one partition without Faust and without a broker."""

from collections.abc import Iterable

from domain.snapshot import Snapshot
from schemas import wire
from schemas.record import Record
from schemas.verdict import Kept
from stream_processors.stage import Context, Input, Stage, Step

EPOCH = 77


class Table:
    """`send` decides one record, as a batch of its own; `told` is all that was emitted, decoded."""

    def __init__(self, stage: Stage, settings: Snapshot, partitions: int = 1) -> None:
        self.stage, self.settings, self.partitions = stage, settings, partitions
        self.values: dict[bytes, bytes] = {}
        self.told: list[Record] = []
        self.offsets: dict[str, int] = {}
        self.log: list[Input] = []
        self.warm()

    def warm(self) -> None:
        """As after a restart: what was cached is gone."""
        self.cache = self.stage.warm(self.values.get)

    def context(self) -> Context:
        return Context(self.values.get, self.settings, self.cache, self.partitions)

    def arrived(
        self, record: Record, topic: str = "", headers: tuple[tuple[str, bytes], ...] = (), at: int = 0
    ) -> Input:
        topic = topic or self.stage.sources[0]
        offset = self.offsets.get(topic, 0)
        self.offsets[topic] = offset + 1
        key = str(getattr(record, "issue_id", "")).encode()
        return Input(topic, 0, offset, EPOCH, key, wire.encode(record), at, headers)

    def send(self, record: Record, topic: str = "", headers: tuple[tuple[str, bytes], ...] = ()) -> list[Record]:
        return self.read(self.arrived(record, topic, headers))

    def read(self, arrived: Input) -> list[Record]:
        """One record of the log, perhaps again."""
        self.log.append(arrived)
        verdict = self.stage.decide(arrived, self.context())
        assert isinstance(verdict, Kept), verdict
        told = self.store(verdict.value)
        self.store(self.stage.close(self.context()))
        self.told += told
        return told

    def store(self, step: Step) -> list[Record]:
        for put in step.remember:
            if put.value is None:
                self.values.pop(put.key, None)
            else:
                self.values[put.key] = put.value
        return [found for emit in step.emit if isinstance(found := wire.read(emit.value), Record)]

    def send_all(self, records: Iterable[Record]) -> list[Record]:
        return [told for record in records for told in self.send(record)]
