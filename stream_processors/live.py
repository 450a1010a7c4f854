"""Is it alive: a beat of the event loop, progress of every stage, readiness, and the figures people watch."""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from runtime.declared import gauge
from runtime.settings import SettingsView
from stream_processors.bootstrap import SESSION_S, StageApp
from stream_processors.guard import fatal
from stream_processors.progress import Progress, Token, observe, stuck_s
from stream_processors.stage import Stage
from stream_processors.tables import Memory
from stream_processors.watermark import watermark

log = logging.getLogger(__name__)

BEAT_S: Final = 0.5
FROZEN_S: Final = SESSION_S / 2
HUNG_S: Final = 30.0
LOOK_S: Final = 5.0
ANSWER_S: Final = 10.0


class Beat:
    """Of the event loop. A gap means that the process was stopped: others may work with its partitions by now."""

    def __init__(self) -> None:
        self.last_s = time.monotonic()

    async def keep(self) -> None:
        while True:
            self.check()
            await asyncio.sleep(BEAT_S)

    def check(self) -> None:
        now_s = time.monotonic()
        if now_s - self.last_s > FROZEN_S:
            fatal("the process stood still; another worker may have its partitions", seconds=now_s - self.last_s)
        self.last_s = now_s

    def watch(self) -> None:
        """From a thread: a decision that never ends stops the loop, and so the beat."""

        def look() -> None:
            while time.monotonic() - self.last_s < HUNG_S:
                time.sleep(1)
            fatal("the event loop hangs")

        threading.Thread(target=look, name="watchdog", daemon=True).start()


class Watch:
    """One stage: its lag and whether it moves."""

    def __init__(self, stage: Stage, app: StageApp, memory: Memory, partitions: int) -> None:
        self.stage = stage
        self.app = app
        self.memory = memory
        self.partitions = partitions
        self.progress: Progress | None = None

    def ready(self) -> bool:
        tables: Any = self.app.tables
        return bool(tables.actives_ready) and not self.app.rebalancing

    async def keep(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(LOOK_S)
            try:
                await asyncio.wait_for(self.look(), ANSWER_S)
            except Exception as error:  # no broker to ask: not a stage's fault, and no news
                if self.app.should_stop:
                    return
                log.warning("the lag is unknown", extra={"fields": {"stage": self.stage.name, "why": repr(error)}})

    async def look(self) -> None:
        consumer: Any = self.app.consumer
        mine = sorted(tp for tp in consumer.assignment() if tp.topic in self.stage.sources)
        if not mine:
            self.progress = None
            return
        ends = await consumer.highwaters(*mine)
        committed = [consumer._committed_offset[tp] or 0 for tp in mine]
        lag = sum(max(0, ends[tp] - offset) for tp, offset in zip(mine, committed, strict=True))
        now_s = time.monotonic()
        self.progress = observe(self.progress, self.token(committed), lag, now_s)
        self.show(lag, mine[0].partition)
        still_s = stuck_s(self.progress, now_s)
        if still_s is not None:
            fatal("nothing is committed although there is work", stage=self.stage.name, lag=lag, seconds=still_s)

    def token(self, committed: Sequence[int]) -> Token:
        restored: Any = self.app.tables.recovery.active_offsets  # type: ignore[attr-defined]
        return (self.app.consumer_generation_id, *committed, sum(offset or 0 for offset in restored.values()))

    def show(self, lag: int, partition: int) -> None:
        gauge("gregor_stage_lag", stage=self.stage.name).set(lag)
        if not self.ready():
            return
        at = watermark(lambda key: self.memory.read(partition, key), self.partitions)
        if at >= 0:
            gauge("gregor_stage_watermark_at_seconds", stage=self.stage.name).set(at / 1000)


def readiness(watches: Sequence[Watch], view: SettingsView) -> str | None:
    """None when every stage has its partitions and their state, and the settings are complete."""
    if not view.ready():
        return "settings are being read"
    waiting = [watch.stage.name for watch in watches if not watch.ready()]
    return f"waiting for partitions and their state: {', '.join(waiting)}" if waiting else None


def liveness(watches: Sequence[Watch], beat: Beat) -> str | None:
    """None while the loop turns and every stage moves or has nothing to do."""
    now_s = time.monotonic()
    if now_s - beat.last_s > HUNG_S / 2:
        return "the event loop hangs"
    stuck = [watch.stage.name for watch in watches if watch.progress and stuck_s(watch.progress, now_s)]
    return f"no progress: {', '.join(stuck)}" if stuck else None
