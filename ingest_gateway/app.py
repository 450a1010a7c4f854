"""The gateway as a process: settings view, producer, HTTP server, outcomes, inner port; and a graceful end."""

import asyncio
import gc
import logging
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from ingest_gateway import caps
from ingest_gateway.config import GatewayConfig
from ingest_gateway.drain import Drain
from ingest_gateway.ledger import Ledger
from ingest_gateway.listener import TOPIC, Door
from ingest_gateway.login import Register
from ingest_gateway.protocol import Protocol
from ingest_gateway.publish import Publisher
from ingest_gateway.spool import Limits, claimed_slot
from runtime.declared import gauge
from runtime.health import Inner
from runtime.settings import SettingsView
from runtime.stop import stop_event

log = logging.getLogger(__name__)
FLUSH_EVERY_S: Final = 2.0
WRITE_EVERY_S: Final = 0.2
FINISH_S: Final = 10
BACKLOG: Final = 2048
MEMORY: Final = "settings.json"


def run(config: GatewayConfig) -> None:
    """Serves until SIGTERM or SIGINT; then answers what it holds, flushes and leaves."""
    stop_event()  # uvicorn raises the signal again when it is done: without a handler that would be the end
    view = SettingsView(config.kafka_brokers)
    service = Service(config, view)
    inner = Inner(config.gateway_inner_port, ready=service.not_ready)
    service.register.recall()
    view.start()
    inner.start()
    spare_the_collector()
    try:
        uvloop.run(service.serve())
    finally:
        inner.stop()
        view.stop()
        if service.spool is not None:
            service.spool.stop()


def spare_the_collector() -> None:
    """What lives as long as the process is not looked at again; requests leave hardly any cycles behind."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class Service:
    def __init__(self, config: GatewayConfig, view: SettingsView) -> None:
        self.config = config
        self.server: uvicorn.Server | None = None
        limits = Limits(config.spool_max_bytes, config.spool_min_free_bytes)
        memory = Path(config.spool_folder) / MEMORY if config.spool_folder else None
        self.register = Register(view, config.secret_master_key, memory)
        self.spool = claimed_slot(Path(config.spool_folder), limits) if config.spool_folder else None

    async def serve(self) -> None:
        publisher = Publisher(self.config.kafka_brokers, asyncio.get_running_loop(), self.config.ack_wait_s)
        ledger = Ledger(publisher)
        door = Door(self.config, self.register.directory, ledger, self.spool)
        self.server = uvicorn.Server(settings(self.config, door))
        beside = [asyncio.create_task(self.flush(ledger, door)), asyncio.create_task(write_lines(ledger))]
        if self.spool is not None:
            beside.append(asyncio.create_task(Drain(self.spool, publisher, TOPIC).run()))
        try:
            await self.server.serve()
        finally:
            for task in beside:
                task.cancel()
            await ledger.flush(self.spool_oldest_at())
            ledger.lines.flush()
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

    def not_ready(self) -> str | None:
        if self.server is None or not self.server.started:
            return "not listening yet"
        if self.server.should_exit:
            return "stopping"
        if self.register.directory() is None:
            return "settings are not complete"
        return self.spool.room_wrong() if self.spool else None


async def write_lines(ledger: Ledger) -> None:
    while True:
        await asyncio.sleep(WRITE_EVERY_S)
        ledger.lines.flush()


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
