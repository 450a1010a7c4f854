"""The gateway as a process: settings view, producer, HTTP server, outcomes, inner port; and a graceful end."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from ingest_gateway import caps, remembered
from ingest_gateway.config import GatewayConfig
from ingest_gateway.directory import Directory, Maker
from ingest_gateway.drain import Drain
from ingest_gateway.ledger import Ledger
from ingest_gateway.listener import TOPIC, Door
from ingest_gateway.protocol import Protocol
from ingest_gateway.publish import Publisher
from ingest_gateway.spool import Limits, claimed_slot
from runtime.declared import gauge
from runtime.health import Inner
from runtime.secrets import SecretError, master, unseal
from runtime.settings import SettingsView
from runtime.stop import stop_event

log = logging.getLogger(__name__)
FLUSH_EVERY_S: Final = 2.0
FINISH_S: Final = 10
BACKLOG: Final = 2048
MEMORY: Final = "settings.json"


def run(config: GatewayConfig) -> None:
    """Serves until SIGTERM or SIGINT; then answers what it holds, flushes and leaves."""
    stop_event()  # uvicorn raises the signal again when it is done: without a handler that would be the end
    view = SettingsView(config.kafka_brokers)
    service = Service(config, view)
    inner = Inner(config.gateway_inner_port, ready=service.not_ready)
    service.recall()
    view.start()
    inner.start()
    try:
        uvloop.run(service.serve())
    finally:
        inner.stop()
        view.stop()
        if service.spool is not None:
            service.spool.stop()


class Service:
    def __init__(self, config: GatewayConfig, view: SettingsView) -> None:
        self.config, self.view = config, view
        self.master = master(config.secret_master_key)
        self.maker = Maker(self.salt)
        self.made: Directory | None = None
        self.server: uvicorn.Server | None = None
        limits = Limits(config.spool_max_bytes, config.spool_min_free_bytes)
        self.memory = Path(config.spool_folder) / MEMORY if config.spool_folder else None
        self.spool = claimed_slot(Path(config.spool_folder), limits) if config.spool_folder else None

    async def serve(self) -> None:
        publisher = Publisher(self.config.kafka_brokers, asyncio.get_running_loop(), self.config.ack_wait_s)
        ledger = Ledger(publisher)
        door = Door(self.config, self.directory, ledger, self.spool)
        self.server = uvicorn.Server(settings(self.config, door))
        beside = [asyncio.create_task(self.flush(ledger, door))]
        if self.spool is not None:
            beside.append(asyncio.create_task(Drain(self.spool, publisher, TOPIC).run()))
        try:
            await self.server.serve()
        finally:
            for task in beside:
                task.cancel()
            await ledger.flush(self.spool_oldest_at())
            log.info("stopped", extra={"fields": {"unanswered": publisher.flush(FINISH_S)}})

    async def flush(self, ledger: Ledger, door: Door) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            gauge("gregor_gateway_held_bytes").set(door.held.now)
            gauge("gregor_gateway_breaker_open").set(door.publisher.breaker.open)
            gauge("gregor_gateway_spool_bytes").set(self.spool.bytes_held if self.spool else 0)
            gauge("gregor_gateway_spool_oldest_at_seconds").set(self.spool_oldest_at() / 1000)
            await ledger.flush(self.spool_oldest_at())

    def spool_oldest_at(self) -> int:
        return self.spool.oldest_at if self.spool else 0

    def directory(self) -> Directory | None:
        """Made anew whenever the view shows another snapshot.

        Until the topic was read to its end: what was remembered on disk; None without that.
        """
        if self.view.ready() and (self.made is None or self.made.snapshot is not self.view.snapshot):
            self.made = self.maker.make(self.view.snapshot)
            self.remember(self.made)
        return self.made

    def recall(self) -> None:
        if self.memory is not None and self.memory.exists():
            snapshot = remembered.read(self.memory.read_bytes())
            self.made = None if snapshot is None else self.maker.make(snapshot)

    def remember(self, made: Directory) -> None:
        """Whole or not at all: written beside, then renamed."""
        if self.memory is not None:
            beside = self.memory.with_suffix(".new")
            with suppress(OSError):  # a full disk must not keep events out
                beside.write_bytes(remembered.written(made.snapshot))
                beside.replace(self.memory)

    def salt(self, setting_id: str, sealed: str) -> bytes:
        """Empty when it does not open: then users are not counted, but events still come in."""
        try:
            return bytes.fromhex(unseal(self.master, setting_id, sealed))
        except (SecretError, ValueError):
            log.error("the user salt of a project does not open", extra={"fields": {"setting": setting_id}})
            return b""

    def not_ready(self) -> str | None:
        if self.server is None or not self.server.started:
            return "not listening yet"
        if self.server.should_exit:
            return "stopping"
        if self.directory() is None:
            return "settings are not complete"
        return self.spool.room_wrong() if self.spool else None


def settings(config: GatewayConfig, door: Door) -> uvicorn.Config:
    """uvicorn as we need it: our protocol, no lifespan, no logs of its own, nothing believed from proxies."""
    return uvicorn.Config(
        door,
        host=config.gateway_host,
        port=config.gateway_port,
        http=Protocol,
        loop="none",
        lifespan="off",
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=caps.KEEP_ALIVE_S,
        timeout_graceful_shutdown=FINISH_S,
    )
