"""Records from the engine: of this generation only, without a gap, taken over as Faust's own stream would."""

import asyncio
import logging
import time
from typing import Any, Final

from runtime.declared import counter
from stream_processors.bootstrap import StageApp
from stream_processors.contiguity import Log, follow
from stream_processors.guard import fatal
from stream_processors.pace import FIRST
from stream_processors.stage import Input, Stage

log = logging.getLogger(__name__)

MOST_BYTES: Final = 4 << 20
GATHER_S: Final = 0.002


class Intake:
    """What is known of the logs by partition is forgotten when the generation changes."""

    def __init__(self, app: StageApp, stage: Stage, epochs: dict[str, int], accept_loss: bool) -> None:
        self.app = app
        self.stage = stage
        self.epochs = epochs
        self.accept_loss = accept_loss
        self.generation = -1
        self.logs: dict[tuple[str, int], Log] = {}
        self.last: dict[tuple[str, int], int] = {}
        self.most = FIRST  # records of the next batch

    async def take(self, queue: Any) -> list[Any]:
        """The next events that are ours; empty when a rebalance made them somebody else's."""
        taken = await self._gathered(queue)
        if self.generation != self.app.consumer_generation_id:
            await self._join_generation()
        if not self.app.flow_control.is_active() or not self.still_ours():
            return []
        return self._tracked([event for generation, event in taken if generation == self.generation])

    def still_ours(self) -> bool:
        """False after a rebalance: nothing may be written then, all is read again."""
        return bool(self.generation == self.app.consumer_generation_id)

    async def _join_generation(self) -> None:
        generation = self.app.consumer_generation_id
        self.last, self.logs = {}, await self._read_logs()
        self.generation = generation
        mine = sorted(f"{topic}/{partition}" for topic, partition in self.logs)
        log.info(
            "partitions are ours", extra={"fields": {"stage": self.stage.name, "generation": generation, "of": mine}}
        )
        self._refuse_loss()

    async def _read_logs(self) -> dict[tuple[str, int], Log]:
        """Where each partition of ours starts, and what the group committed, as the broker says."""
        consumer: Any = self.app.consumer
        mine = [tp for tp in consumer.assignment() if tp.topic in self.stage.sources]
        if not mine:
            return {}
        starts = await consumer.earliest_offsets(*mine)
        thread = consumer._thread
        committed = {tp: await thread.call_thread(thread._consumer.committed, tp) for tp in mine}
        return {(tp.topic, tp.partition): Log(starts[tp], committed[tp]) for tp in mine}

    def _refuse_loss(self) -> None:
        for (topic, partition), found in self.logs.items():
            if not found.expired or topic in self.stage.fleeting:
                continue
            place = {"stage": self.stage.name, "topic": topic, "partition": partition, "records": found.expired}
            if not self.accept_loss:
                fatal("records expired before they were read; see GREGOR_STAGES_ACCEPT_LOSS", **place)
            log.error("records expired before they were read; going on without them", extra={"fields": place})
            counter("gregor_stage_lost_total", stage=self.stage.name).inc(found.expired)

    async def _gathered(self, queue: Any) -> list[tuple[int, Any]]:
        """One event at least, and what else is there, mostly what came in during the last barrier.

        Each with the generation that was flowing when it was taken.
        """
        first = await queue.get()
        taken = [(self.app.flowing(), first)]
        if queue.empty():
            await asyncio.sleep(GATHER_S)
        size = len(first.message.value or b"")
        while not queue.empty() and len(taken) < self.most and size < MOST_BYTES:
            event = queue.get_nowait()
            taken.append((self.app.flowing(), event))
            size += len(event.message.value or b"")
        return taken

    def _tracked(self, events: list[Any]) -> list[Any]:
        mine = [event for event in events if event.message.generation_id == self.generation]
        now_s = time.monotonic()
        for event in mine:
            message = event.message
            self._guard(message.topic, message.partition, message.offset)
            if not message.tracked:
                message.tracked = True
                self.app.consumer.track_message(message)
            self.app.monitor.stream_inbound_time[message.tp] = now_s
        return mine

    def _guard(self, topic: str, partition: int, offset: int) -> None:
        place = (topic, partition)
        gap = follow(self.logs.get(place, Log(0)), self.last.get(place), offset)
        if gap is not None:
            where = {"stage": self.stage.name, "topic": topic, "partition": partition}
            fatal("the engine passed over records", **where, expected=gap.expected, got=gap.got)
        self.last[place] = offset

    def arrived(self, event: Any) -> Input:
        message = event.message
        return Input(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            epoch=self.epochs[message.topic],
            key=message.key or b"",
            value=message.value or b"",
            at=round(message.timestamp * 1000),
            headers=tuple(message.headers or ()),
        )
