"""The gateway as a process: settings view, producer, HTTP server, outcomes, inner port; and a graceful end."""

import asyncio
import logging
from typing import Final

import uvicorn
import uvloop

from ingest_gateway import caps
from ingest_gateway.config import GatewayConfig
from ingest_gateway.directory import Directory, Maker
from ingest_gateway.ledger import Ledger
from ingest_gateway.listener import Door
from ingest_gateway.protocol import Protocol
from ingest_gateway.publish import Publisher
from runtime.declared import gauge
from runtime.health import Inner
from runtime.secrets import SecretError, master, unseal
from runtime.settings import SettingsView
from runtime.stop import stop_event

log = logging.getLogger(__name__)
FLUSH_EVERY_S: Final = 2.0
FINISH_S: Final = 10
BACKLOG: Final = 2048


def run(config: GatewayConfig) -> None:
    """Serves until SIGTERM or SIGINT; then answers what it holds, flushes and leaves."""
    stop_event()  # uvicorn raises the signal again when it is done: without a handler that would be the end
    view = SettingsView(config.kafka_brokers)
    service = Service(config, view)
    inner = Inner(config.gateway_inner_port, ready=service.not_ready)
    view.start()
    inner.start()
    try:
        uvloop.run(service.serve())
    finally:
        inner.stop()
        view.stop()


class Service:
    def __init__(self, config: GatewayConfig, view: SettingsView) -> None:
        self.config, self.view = config, view
        self.master = master(config.secret_master_key)
        self.maker = Maker(self.salt)
        self.made: Directory | None = None
        self.server: uvicorn.Server | None = None

    async def serve(self) -> None:
        publisher = Publisher(self.config.kafka_brokers, asyncio.get_running_loop(), self.config.ack_wait_s)
        ledger = Ledger(publisher)
        door = Door(self.config, self.directory, publisher, ledger)
        self.server = uvicorn.Server(settings(self.config, door))
        flushing = asyncio.create_task(self.flush(ledger, door))
        try:
            await self.server.serve()
        finally:
            flushing.cancel()
            await ledger.flush()
            log.info("stopped", extra={"fields": {"unanswered": publisher.flush(FINISH_S)}})

    async def flush(self, ledger: Ledger, door: Door) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            gauge("gregor_gateway_held_bytes").set(door.held.now)
            gauge("gregor_gateway_breaker_open").set(door.publisher.breaker.open)
            await ledger.flush()

    def directory(self) -> Directory | None:
        """Made anew whenever the view shows another snapshot; None until the topic was read to its end."""
        if not self.view.ready():
            return None
        snapshot = self.view.snapshot
        if self.made is None or self.made.snapshot is not snapshot:
            self.made = self.maker.make(snapshot)
        return self.made

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
        return None if self.view.ready() else "settings are not complete"


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
