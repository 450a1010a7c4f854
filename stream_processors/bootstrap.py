"""One Faust app for one stage: membership, assignment, recovery and commits are the engine's."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import faust
import mode
from faust.exceptions import ConsistencyError

from stream_processors.guard import fatal, wipe
from stream_processors.stage import Stage
from stream_processors.tables import OPTIONS, SCHEME, TABLE

SESSION_S: Final = 10.0
BUFFERED: Final = 2048  # records between the fetcher and the loop
ENGINE_LOGS: Final = ("aiokafka", "faust", "mode")
RECOVERY_ERROR: Final = "Error in recovery"
EXPECTED: Final = ("Topic creation disabled", "Timer commit is overlapping")


class StageApp(faust.App):
    """A Faust app that ends the process when anything in it breaks."""

    logger = logging.getLogger("faust.app")
    folder: Path
    patched = True
    settled = -1  # the generation whose partitions are restored and sought
    joining = False  # a rebalance began, and we do not have its partitions yet

    def on_rebalance_start(self) -> None:
        """Called in the consumer's thread."""
        self.joining, self.settled = True, -1
        consumer: Any = self.consumer
        consumer._buffered_partitions.clear()
        super().on_rebalance_start()

    def on_rebalance_return(self) -> None:
        self.joining = False
        super().on_rebalance_return()

    def settle(self, generation: int) -> bool:
        """Recovery of `generation` is complete. False: another rebalance is under way, and will recover anew."""
        if self.joining or generation != self.consumer_generation_id:
            return False
        self.settled = generation
        return True

    def flowing(self) -> int:
        """The generation that a record taken from the queue at this moment belongs to; -1: it is not to be trusted.

        While tables are restored the flow is active too: a record that slips through would meet half a state.
        """
        if not self.flow_control.is_active() or (self.patched and self.settled != self.consumer_generation_id):
            return -1
        return int(self.consumer_generation_id)

    def _crash(self, reason: BaseException) -> None:
        if self.should_stop:
            super()._crash(reason)
            return
        if isinstance(reason, ConsistencyError):  # the store is ahead of a changelog that was restored
            wipe(self.folder)
        fatal("the engine broke", stage=self.conf.id, why=repr(reason))


class Together(mode.Service):
    """Starts the apps side by side: each waits for its group and its tables."""

    logger = logging.getLogger("mode.together")

    def __init__(self, apps: Sequence[StageApp], **more: Any) -> None:
        self.apps = apps
        super().__init__(**more)

    async def on_start(self) -> None:
        await asyncio.gather(*(self.add_runtime_dependency(app) for app in self.apps))


class Engine(faust.Worker):
    """Runs the apps until SIGTERM. Stock waits two more seconds for tasks that nobody needs, and draws a spinner."""

    logger = logging.getLogger("faust.worker")

    def __init__(self, apps: Sequence[StageApp], loop: asyncio.AbstractEventLoop) -> None:
        options: dict[str, Any] = {"quiet": True, "redirect_stdouts": False, "override_logging": False}
        super().__init__(*apps, loop=loop, **options)
        self.spinner = None
        self.together = Together(apps, loop=loop, beacon=self.beacon)

    def on_init_dependencies(self) -> Iterable[Any]:
        super().on_init_dependencies()
        for app in self.together.apps:
            app.beacon.reattach(self.together.beacon)
        return [self.together]

    def _shutdown_loop(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        if self.crash_reason:
            raise self.crash_reason


def stage_app(stage: Stage, brokers: str, *, folder: Path, slot: str, partitions: int, patched: bool) -> StageApp:
    """One app, one group, one table, one source channel. Topics and changelog exist already."""
    group = group_of(stage.name)
    app = StageApp(
        group,
        broker=[f"kafka://{broker.strip()}" for broker in brokers.split(",")],
        store=f"{SCHEME}://",
        datadir=folder,
        consumer_group_instance_id=f"{group}-{slot}",
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=2.0,
        broker_commit_interval=0.5,
        table_standby_replicas=0,
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_buffer_maxsize=BUFFERED,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.folder = folder
    app.patched = patched
    app.in_worker = True
    return app


def table_of(app: StageApp, partitions: int) -> Any:
    return app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=partitions, options=dict(OPTIONS))


def attach(app: StageApp, stage: Stage, run: Callable[[Any], Awaitable[None]]) -> None:
    """Let `run` read the channel of the stage's sources; it never returns while the app runs."""
    source = app.topic(*stage.sources, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def agent(stream: Any) -> None:
        try:
            await run(stream.channel.queue)
        except asyncio.CancelledError:
            raise
        except Exception:
            fatal("the loop of a stage broke", stage=stage.name)

    app.agent(source, name=stage.name)(agent)


def group_of(stage: str) -> str:
    return f"gregor-{stage}"


class EngineLogs(logging.Filter):
    """On the root handlers: says less of what the engine repeats, and ends the process at what it swallows."""

    def __init__(self, clock: Callable[[], float], every_s: float = 1.0) -> None:
        super().__init__()
        self.clock = clock
        self.every_s = every_s
        self.said_at: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] not in ENGINE_LOGS:
            return True
        text = record.getMessage()
        if text.startswith(RECOVERY_ERROR):
            fatal("an error while restoring would have been passed over", why=text)
        if text.startswith(EXPECTED):
            return False
        place, now = (record.name, record.lineno), self.clock()
        if now - self.said_at.get(place, -self.every_s) < self.every_s:
            return False
        self.said_at[place] = now
        return True
