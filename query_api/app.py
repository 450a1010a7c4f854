"""The API as one process: Litestar on uvicorn, the relay as a thread beside it."""

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import msgspec
import psycopg
import uvicorn
import uvloop
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import ASGIApp
from psycopg_pool import PoolTimeout

from query_api import contract
from query_api.config import ApiConfig
from query_api.feed import Item
from query_api.guard import Guard
from query_api.intake import Inbox
from query_api.live import Hub, Tail
from query_api.login import Logins
from query_api.origins import cookie_name
from query_api.protocol import refusals
from query_api.protocol.live import SOCKET
from query_api.protocol.outer import Outer
from query_api.protocol.pages import PAGES
from query_api.protocol.rooms import DEPENDENCIES, HANDLES
from query_api.protocol.wiring import Contract, Desk, Pulse, dependencies, learn_parameters, route
from query_api.publish import Redriver
from query_api.queries.documents import Documents
from query_api.queries.store import Store
from query_api.relay import Relay
from runtime import log
from runtime.health import Inner
from runtime.secrets import derive, master
from runtime.stop import stop_event

MAX_BODY_BYTES: Final = 1_048_576
STOP_S: Final = 5.0
READY_S: Final = 3.0


def desk_of(config: ApiConfig) -> Desk:
    key = master(config.secret_master_key)
    store = Store(
        config.postgres_dsn,
        config.secret_postgres_password,
        connections=config.api_connections,
        statement_timeout_s=config.api_statement_timeout_s,
    )
    logins = Logins(store, key)
    return Desk(
        store=store,
        logins=logins,
        guard=Guard(store, logins, config.public_url),
        documents=Documents(config.mongo_uri, config.mongo_database),
        redriver=Redriver(config.kafka_brokers),
        contract=Contract(),
        hub=Hub(),
        pulse=Pulse(),
        cursor_key=derive(key, "cursors"),
        pass_key=derive(key, "passes"),
        master=key,
        secure=cookie_name(config.public_url).startswith("__Host-"),
        public_url=config.public_url.rstrip("/"),
        gateway_url=config.gateway_url,
    )


def create(desk: Desk) -> ASGIApp:
    """The whole application, without a server: tests call it in memory."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await desk.store.open()
        desk.pulse.loop = asyncio.get_running_loop()
        yield
        await desk.store.close()
        await desk.documents.close()

    routes = [route(name, handle, desk.guard) for name, handle in HANDLES.items()]
    desk.contract.make = partial(contract_of, routes, desk)
    app = Litestar(
        [*routes, SOCKET, *PAGES],
        dependencies=dependencies(desk) | DEPENDENCIES,
        exception_handlers=refusals.HANDLERS,
        lifespan=[lifespan],
        openapi_config=None,  # its pages would load scripts from elsewhere
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
    )
    learn_parameters(app)
    return Outer(app, desk.secure)


def written_contract() -> bytes:
    """The OpenAPI document as it is committed: no server, no store, indented for diffs."""
    config = ApiConfig(kafka_brokers="-", postgres_dsn="", secret_master_key=base64.b64encode(bytes(32)).decode())
    desk = desk_of(config)
    create(desk)
    return msgspec.json.format(desk.contract.written(), indent=1) + b"\n"


def contract_of(routes: list[HTTPRouteHandler], desk: Desk) -> bytes:
    """The OpenAPI document; an application of its own writes it, which serves nothing."""
    described = Litestar(
        routes, dependencies=dependencies(desk) | DEPENDENCIES, openapi_config=OpenAPIConfig("Gregor", "1")
    )
    document = contract.finished(described.openapi_schema.to_schema(), {"project_id": "integer"})
    return msgspec.json.encode(document, order="deterministic")


def run(config: ApiConfig) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are finished."""
    log.configure("api", config.log_level)
    stop = stop_event()
    desk = desk_of(config)
    relay = Relay(config.postgres_dsn, config.secret_postgres_password, config.kafka_brokers)
    server = uvicorn.Server(server_config(config, create(desk)))
    inner = Inner(config.api_inner_port, lambda: unready(server, desk))
    inner.start()
    inbox = Inbox(config.postgres_dsn, config.secret_postgres_password, config.kafka_brokers)
    tail = Tail(config.kafka_brokers, partial(give, desk))
    threads = [threading.Thread(target=one.run, args=(stop,), daemon=True) for one in (relay, inbox, tail)]
    for thread in threads:
        thread.start()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(server, desk, stop))
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_S)
        inner.stop()


def unready(server: uvicorn.Server, desk: Desk) -> str | None:
    """A real round trip to PostgreSQL. Without Kafka decisions wait, and everything can still be read."""
    if not server.started or desk.pulse.loop is None:
        return "starting"
    try:
        asyncio.run_coroutine_threadsafe(desk.store.alive(), desk.pulse.loop).result(READY_S)
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        return f"PostgreSQL: {error or type(error).__name__}"
    return None


def give(desk: Desk, items: Sequence[Item]) -> None:
    """From the reader's thread onto the event loop."""
    if desk.pulse.loop is not None:
        desk.pulse.loop.call_soon_threadsafe(desk.hub.take, items)


def server_config(config: ApiConfig, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=config.api_host,
        port=config.api_port,
        http="httptools",
        loop="uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(config.api_trusted_proxies),
        forwarded_allow_ips=config.api_trusted_proxies or None,
        timeout_graceful_shutdown=10,
        lifespan="on",
    )


async def serve(server: uvicorn.Server, desk: Desk, stop: threading.Event) -> None:
    """uvicorn's own signal handling would hide ours."""
    running = asyncio.create_task(server._serve())
    while not stop.is_set() and not running.done():
        await asyncio.sleep(0.2)
    desk.hub.close()
    server.should_exit = True
    await running
