"""Stages in one process: what they stand on, their engines, and how the process ends."""

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

import msgspec
import uvloop

from runtime.health import Inner
from runtime.kafka import partition_counts, topic_epochs
from runtime.settings import SettingsView
from stream_processors.bootstrap import Engine, EngineLogs, StageApp, attach, stage_app, table_of
from stream_processors.config import StagesConfig
from stream_processors.drain import Loop, Tools
from stream_processors.engine_patches import UnknownEngine, check, patch
from stream_processors.guard import Identity, KillAt, OtherPartitions, SlotTaken, belong, fatal, hold
from stream_processors.intake import Intake
from stream_processors.ledger import Ledger
from stream_processors.live import Beat, Watch, liveness, readiness
from stream_processors.publish import Wire, stage_producer
from stream_processors.stage import Stage
from stream_processors.tables import Memory, register
from topics.load import changelog

log = logging.getLogger(__name__)

SETTINGS_S: Final = 60.0
NO_MARK: Final = "no_mark"
UNPATCHED: Final = "engine_unpatched"


class MissingTopics(Exception):
    """The broker lacks a log or a changelog: topics are made by `gregor topics apply`, never by us."""


class Ground(msgspec.Struct, frozen=True):
    """What a stage stands on, asked from the broker once."""

    config: StagesConfig
    epochs: dict[str, int]
    partitions: int
    view: SettingsView


class Running(msgspec.Struct, frozen=True):
    app: StageApp
    watch: Watch
    lock: TextIO


def run(config: StagesConfig, stages: Sequence[Stage]) -> None:
    """Run `stages` until SIGTERM; then finish the batch in hand and leave."""
    try:
        _prepare_engine(config)
        ground = _ground(config, stages)
        running = [_start(stage, ground) for stage in stages]
    except (UnknownEngine, MissingTopics, OtherPartitions, SlotTaken) as error:
        fatal(str(error))
    watches = [one.watch for one in running]
    beat = Beat()
    inner = Inner(_port(config, stages), lambda: readiness(watches, ground.view), lambda: liveness(watches, beat))
    inner.start()
    if not ground.view.wait(SETTINGS_S):
        fatal("the settings could not be read")
    _work(running, beat)
    inner.stop()
    ground.view.stop()


def _prepare_engine(config: StagesConfig) -> None:
    check()
    register()
    if config.stages_sabotage != UNPATCHED:
        patch()
    if config.stages_sabotage:
        log.critical("a safeguard is switched off", extra={"fields": {"which": config.stages_sabotage}})
    for handler in logging.getLogger().handlers:
        handler.addFilter(EngineLogs(time.monotonic))


def _ground(config: StagesConfig, stages: Sequence[Stage]) -> Ground:
    topics = sorted({topic for stage in stages for topic in (*stage.sources, changelog(stage.name))})
    counts = partition_counts(config.kafka_brokers, topics)
    missing = sorted(set(topics) - counts.keys())
    if missing:
        raise MissingTopics(f"no such topics: {', '.join(missing)}; run `gregor topics apply`")
    if len(set(counts.values())) != 1:
        raise OtherPartitions(f"topics that share a table differ in partitions: {counts}")
    epochs = topic_epochs(config.kafka_brokers, topics)
    if config.stages_sabotage == NO_MARK:  # every start calls its logs new, so no mark is ever met again
        epochs |= dict.fromkeys((topic for stage in stages for topic in stage.sources), time.time_ns() & 0x7FFF_FFFF)
    view = SettingsView(config.kafka_brokers)
    view.start()
    return Ground(config, epochs, counts[topics[0]], view)


def _start(stage: Stage, ground: Ground) -> Running:
    config = ground.config
    folder = Path(config.stages_folder) / config.stages_slot / stage.name
    lock = hold(folder)
    log_of_table = changelog(stage.name)
    if not belong(folder, Identity(ground.epochs[log_of_table], ground.partitions)):
        log.warning("the changelog was made anew; the local store is removed", extra={"fields": {"stage": stage.name}})
    app = stage_app(
        stage,
        config.kafka_brokers,
        folder=folder,
        slot=config.stages_slot,
        partitions=ground.partitions,
        patched=config.stages_sabotage != UNPATCHED,
    )
    memory = Memory(table_of(app, ground.partitions))
    tools = Tools(
        stage=stage,
        intake=Intake(app, stage, ground.epochs, config.stages_accept_loss),
        memory=memory,
        wire=Wire(stage_producer(config.kafka_brokers), log_of_table),
        ledger=Ledger(folder, stage.sources),
        view=ground.view,
        partitions=ground.partitions,
        kill_at=KillAt(config.stages_kill_at, stage.name),
        log_first=config.stages_sabotage == "log_before_emit",
    )
    attach(app, stage, Loop(tools).run)
    return Running(app, Watch(stage, app, memory, ground.partitions), lock)


def _work(running: Sequence[Running], beat: Beat) -> None:
    """Give the thread to the engine until it is told to stop. Anything else than a clean stop ends the process."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = Engine([one.app for one in running], loop)
    tasks = [loop.create_task(one.watch.keep()) for one in running]
    tasks.append(loop.create_task(beat.keep()))
    beat.watch()
    try:
        worker.execute_from_commandline()
    except SystemExit as stopped:
        if stopped.code:
            fatal("the engine stopped by itself", code=stopped.code)
    log.info("stopped")


def _port(config: StagesConfig, stages: Sequence[Stage]) -> int:
    if len(stages) > 1:
        return config.stages_inner_port
    return int(getattr(config, f"{stages[0].name}_inner_port", config.stages_inner_port))
