"""The pipeline without Kafka: the same decisions, lists as logs, dicts as tables. For `explain` and for tests."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from domain.home import settle
from domain.snapshot import Snapshot
from ingest_gateway.directory import Admission, Maker
from ingest_gateway.envelope import Envelope
from ingest_gateway.envelope_items import brought_by
from ingest_gateway.native import brought_natively
from ingest_gateway.prepare import Moment, prepare
from ingest_gateway.reports import Brought, Call
from notifier import decide as notifier
from notifier.plan import Decision, Memory
from notifier.world import arranged
from query_api import defaults
from schemas import wire
from schemas.alert_step import AlertStep
from schemas.error_event import ErrorEvent
from schemas.marks import Marker, Tick
from schemas.record import Part, Record
from schemas.verdict import Dropped, Kept, Rejected
from stream_processors.stage import Context, Emit, Input, Recall, Stage
from stream_processors.topology import STAGES

EPOCH: Final = 1
PROJECT: Final = 1
KEY: Final = "0123456789abcdef0123456789abcdef"


def first_project(email: str = "owner@example.org") -> dict[str, Part]:
    """The settings that bootstrap makes for a new installation, addresses unsealed."""
    return {
        f"project:{PROJECT}": defaults.project(PROJECT, slug="first", name="First project", user_salt=""),
        "key:first": defaults.key(PROJECT, KEY),
        "person:owner": defaults.owner(PROJECT, email=email, name="Owner"),
        "method:owner": defaults.email_method("owner", sealed=email, hint=email, at=1),
        **defaults.alerting(PROJECT),
    }


class StageRun:
    """One stage over one partition: its table, its cache, how far it has read."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.table: dict[bytes, bytes] = {}
        self.cache = stage.warm(self.table.get)
        self.read = dict.fromkeys(stage.sources, 0)

    def context(self, settings: Snapshot) -> Context:
        recall: Recall = self.table.get
        return Context(recall, settings, self.cache, 1)


class Pipeline:
    """Everything that went through: `logs` by topic, `verdicts` that refused, `decisions` of the notifier."""

    def __init__(self, settings: Mapping[str, Part], stages: Iterable[Stage] = STAGES) -> None:
        self.settings = Snapshot.of(settings, offset=0)
        self.stages = [StageRun(stage) for stage in stages]
        self.logs: dict[str, list[tuple[bytes, bytes]]] = {}
        self.at = 0
        self.refused: list[tuple[str, Dropped | Rejected]] = []
        self.decisions: list[Decision] = []
        self.episodes: dict[str, Memory] = {}
        self.world = arranged(self.settings, lambda setting_id, address: address)
        self.directory = Maker(lambda place, sealed: b"").make(self.settings)

    def receive(self, raw: bytes, at: int, *, envelope: bool = False, key: str = KEY) -> list[str]:
        """Bytes at the door at `at`, ms UTC; the ids of the events that were accepted."""
        admission = self.directory.admissions[key]
        brought = _enveloped(raw) if envelope else brought_natively(raw, Call(admission=admission))
        if brought.broken is not None:
            self.refused.append(("gateway", brought.broken))
        return [event_id for event_id in self._admit(brought, at, admission) if event_id]

    def _admit(self, brought: Brought, at: int, admission: Admission) -> list[str]:
        accepted = []
        for number, report in enumerate(brought.reports):
            new_id = lambda number=number: f"{at:016x}{number:016x}"  # noqa: E731 instead of chance
            match prepare(report, admission, Moment(at, "127.0.0.1", new_id)):
                case Kept(prepared):
                    self.append("error-events", prepared.key, prepared.value, at)
                    accepted.append(prepared.event_id)
                case refused:
                    self.refused.append(("gateway", refused))
        return accepted

    def accept(self, event: ErrorEvent) -> None:
        """A record that passed the door already."""
        event = settle(event)
        self.append("error-events", event.home_key.encode(), wire.encode(event), event.received_at)

    def append(self, topic: str, key: bytes, value: bytes, at: int) -> None:
        self.logs.setdefault(topic, []).append((key, value))
        self.at = max(self.at, at)

    def command(self, topic: str, issue_id: str, command: Record, at: int) -> None:
        self.append(topic, issue_id.encode(), wire.encode(command), at)

    def tick(self, at: int) -> None:
        """The clock of escalation moves, and all logs are marked as complete up to `at`."""
        self.append("error-events", b"", wire.encode(Marker(at=at, origin="ticker", partition=0)), at)
        self.run()
        self.append("ticks", b"", wire.encode(Tick(at=at, partition=0)), at)
        self.run()

    def run(self) -> None:
        """Until every stage has read its log to the end and the notifier has decided every step."""
        while any(self._run_stage(stage) for stage in self.stages):
            pass
        self._notify()

    def _run_stage(self, run: StageRun) -> bool:
        moved = False
        for topic in run.stage.sources:
            for offset in range(run.read[topic], len(self.logs.get(topic, ()))):
                self._decide(run, topic, offset)
                moved = True
            run.read[topic] = len(self.logs.get(topic, ()))
        return moved

    def _decide(self, run: StageRun, topic: str, offset: int) -> None:
        key, value = self.logs[topic][offset]
        match run.stage.decide(Input(topic, 0, offset, EPOCH, key, value, self.at), run.context(self.settings)):
            case Kept(step):
                for put in (*step.remember, *run.stage.close(run.context(self.settings)).remember):
                    self._remember(run, put.key, put.value)
                self._publish(step.emit)
            case refused:
                self.refused.append((run.stage.name, refused))

    def _remember(self, run: StageRun, key: bytes, value: bytes | None) -> None:
        if value is None:
            run.table.pop(key, None)
        else:
            run.table[key] = value

    def _publish(self, emitted: Iterable[Emit]) -> None:
        for emit in emitted:
            self.logs.setdefault(emit.topic, []).append((emit.key, emit.value))

    def _notify(self) -> None:
        done = len(self.decisions)
        for step in self.records("alerts", AlertStep)[done:]:
            before = self.episodes.get(step.episode_id, Memory())
            decision = notifier.decide(step, self.world, before, self.at)
            self.decisions.append(decision)
            self.episodes[step.episode_id] = msgspec.structs.replace(before, subject=decision.subject)

    def records(self, topic: str, type_: type[Part] | type[Record]) -> list:  # type: ignore[type-arg]
        """The records of one type in a log, in order."""
        found = [wire.read(value) for _, value in self.logs.get(topic, ())]
        return [record for record in found if isinstance(record, type_)]


def _enveloped(raw: bytes) -> Brought:
    reader = Envelope()
    reader.feed(raw)
    reader.close()
    return brought_by(reader)
