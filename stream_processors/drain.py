"""The loop of a stage: batch, guard, decide, emit, log, store, ack. The order is the promise.

Whatever dies in between is repaired by reading the batch again: what is decided twice has the same ids, and
what is remembered carries its mark.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from runtime.breaker import Breaker, observe, open_reason
from runtime.clock import now_ms
from runtime.dead_letters import dead_letter
from runtime.declared import counter, gauge, histogram
from runtime.settings import SettingsView
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from stream_processors.bootstrap import SESSION_S
from stream_processors.draft import Draft
from stream_processors.guard import KillAt, fatal
from stream_processors.intake import Intake
from stream_processors.lateness import passed_over
from stream_processors.ledger import Ledger
from stream_processors.pace import next_most
from stream_processors.publish import Wire, seqs_before
from stream_processors.stage import Context, Input, Put, Stage, Step
from stream_processors.stamp import meant_for, settings_offset
from stream_processors.tables import Memory

log = logging.getLogger(__name__)

FENCE_S: Final = SESSION_S / 2
SETTINGS_WAIT_S: Final = 20.0
SETTINGS_LOOK_S: Final = 0.02


class TooManyRefused(Exception):
    """The breaker is open: a person must look."""


class Tools(msgspec.Struct, frozen=True):
    """What one loop works with. `log_first` is the wrong order, for a test that must notice."""

    stage: Stage
    intake: Intake
    memory: Memory
    wire: Wire
    ledger: Ledger
    view: SettingsView
    partitions: int
    kill_at: KillAt
    log_first: bool = False


class Loop:
    """One stage in this process."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.stage = tools.stage
        self.caches: dict[int, object] = {}
        self.caches_of = -1  # generation
        self.breaker = Breaker()

    async def run(self, queue: Any) -> None:
        try:
            while True:
                await self.turn(queue)
        except StopAsyncIteration:  # the channel's way to say that the app stops
            return

    async def turn(self, queue: Any) -> None:
        """One batch, in a frame of its own: an event that was dropped must not linger, or shutdown waits for it."""
        events = await self.tools.intake.take(queue)
        if not events:
            return
        started_s = time.monotonic()
        inputs = [self.tools.intake.arrived(event) for event in events]
        await self.settings_in_view(inputs)
        await self.warm({arrived.partition for arrived in inputs})
        if not await self.carry_out(inputs, started_s):
            self.caches.clear()
            return
        for event in events:
            event.ack()
        self.tools.kill_at.passed("after_ack")
        self.measure(inputs, started_s)

    async def settings_in_view(self, inputs: Sequence[Input]) -> None:
        """A command is decided under the settings its author saw, or newer ones."""
        wanted = max(settings_offset(arrived.value) for arrived in inputs)
        until = time.monotonic() + SETTINGS_WAIT_S
        while self.tools.view.offset < wanted:
            if time.monotonic() > until:
                log.error("settings do not come; going on without them", extra={"fields": {"offset": wanted}})
                counter("gregor_stage_settings_missed_total", stage=self.stage.name).inc()
                return
            await asyncio.sleep(SETTINGS_LOOK_S)

    async def warm(self, partitions: set[int]) -> None:
        """Caches are of one generation: in between, another worker may have had the partition."""
        if self.caches_of != self.tools.intake.generation:
            self.caches, self.caches_of = {}, self.tools.intake.generation
        for partition in partitions - self.caches.keys():
            stale = self.tools.memory.take_stale(partition)
            if stale:
                log.warning("values overwritten by a late worker are logged again", extra={"fields": {"n": len(stale)}})
                self.tools.memory.write(partition, stale, (await self.write_log({partition: stale}))[partition])
            self.caches[partition] = self.stage.warm(self.reader(partition))

    def reader(self, partition: int) -> Callable[[bytes], bytes | None]:
        read = self.tools.memory.read
        return lambda key: read(partition, key)

    async def carry_out(self, inputs: Sequence[Input], started_s: float) -> bool:
        """Emit, log, store. False: the partitions are not ours any more, and nothing was stored."""
        draft = self.paced(inputs)
        self.break_off(len(inputs), len(draft.refused))
        entries = {partition: sheet.entries() for partition, sheet in draft.sheets.items() if sheet.values}
        logged = await self.write_log(entries) if self.tools.log_first else {}
        self.tools.kill_at.passed("before_emit")
        await self.timed("emit", self.tools.wire.publish(self.outputs(draft)))
        self.tools.kill_at.passed("after_emit")
        if not self.tools.intake.still_ours():
            return False
        if time.monotonic() - started_s > FENCE_S:
            fatal("the batch is old: another worker may have its partitions", stage=self.stage.name)
        logged = logged or await self.timed("log", self.write_log(entries))
        self.tools.kill_at.passed("after_log")
        if not self.tools.intake.still_ours():
            return False
        for partition, puts in entries.items():
            self.tools.memory.write(partition, puts, logged[partition])
        self.tools.kill_at.passed("after_store")
        self.tools.ledger.survived()
        return True

    def paced(self, inputs: Sequence[Input]) -> Draft:
        began_s = time.monotonic()
        draft = self.decide(inputs)
        intake = self.tools.intake
        intake.most = next_most(intake.most, len(inputs), time.monotonic() - began_s)
        return draft

    def break_off(self, seen: int, refused: int) -> None:
        """A bad release must not empty the log into the dead letters: nothing of this batch is written."""
        self.breaker = observe(self.breaker, seen - refused, refused, refused == seen)
        why = open_reason(self.breaker)
        if why:
            raise TooManyRefused(why)

    async def write_log(self, entries: dict[int, list[Put]]) -> dict[int, int]:
        return await self.tools.wire.publish_log(entries, seqs_before(entries, self.tools.memory.read))

    def decide(self, inputs: Sequence[Input]) -> Draft:
        tools = self.tools
        draft = Draft(tools.memory.read, tools.view.snapshot, tools.partitions, self.caches)
        ended: Counter[str] = Counter()
        late = passed_over(inputs, self.stage.fleeting, now_ms())
        for arrived in inputs:
            if not meant_for(arrived, self.stage.name) or (arrived.topic, arrived.partition, arrived.offset) in late:
                ended["skipped"] += 1
                continue
            tools.ledger.enter(arrived.topic, arrived.partition, arrived.epoch, arrived.offset)
            tools.kill_at.passed("deciding")
            verdict = draft.add(arrived, self.verdict(arrived, draft.context(arrived.partition)))
            ended[_ended(verdict)] += 1
        tools.ledger.leave()
        draft.close(self.stage)
        for how, n in ended.items():
            counter("gregor_stage_records_total", stage=self.stage.name, ended=how).inc(n)
        return draft

    def verdict(self, arrived: Input, context: Context) -> Verdict[Step]:
        """A bug in a decision costs one dead letter, not the message and not the partition."""
        if self.tools.ledger.condemned(arrived.topic, arrived.partition, arrived.epoch, arrived.offset):
            return Rejected(Reason.CRASHED, "the process died three times while it decided this record")
        try:
            return self.stage.decide(arrived, context)
        except Exception as error:
            place = {"topic": arrived.topic, "partition": arrived.partition, "offset": arrived.offset}
            log.exception("a bug in a decision", extra={"fields": place})
            return Rejected(Reason.INTERNAL, f"a bug in the decision: {type(error).__name__}")

    def outputs(self, draft: Draft) -> list[Any]:
        """Outputs in order, dead letters last. `at` is the broker's: a replay writes the same letter."""
        letters = [
            dead_letter(arrived, refused, service=self.stage.name, at=arrived.at) for arrived, refused in draft.refused
        ]
        for _, refused in draft.refused:
            counter("gregor_dead_letters_total", service=self.stage.name, reason=refused.reason).inc()
        return [*draft.emitted, *letters]

    async def timed(self, barrier: str, work: Any) -> Any:
        started_s = time.monotonic()
        done = await work
        took = histogram("gregor_stage_barrier_seconds", stage=self.stage.name, barrier=barrier)
        took.observe(time.monotonic() - started_s)
        return done

    def measure(self, inputs: Sequence[Input], started_s: float) -> None:
        name = self.stage.name
        histogram("gregor_stage_batch_seconds", stage=name).observe(time.monotonic() - started_s)
        histogram("gregor_stage_batch_records", stage=name).observe(len(inputs))
        gauge("gregor_stage_newest_at_seconds", stage=name).set(max(arrived.at for arrived in inputs) / 1000)


def _ended(verdict: Verdict[Step]) -> str:
    match verdict:
        case Kept():
            return "kept"
        case Dropped():
            return "dropped"
        case Rejected():
            return "rejected"
