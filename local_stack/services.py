"""Our services as a table: where their code is, which ports and which role they have.

Every `gregor run` reads it, so it imports no driver.
"""

import importlib
from collections.abc import Mapping
from typing import Final

import msgspec

from local_stack.config import StackConfig
from runtime.config import field_names


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """`config` and `run` are `module:name`; `names` are handed to `run` (stages only)."""

    config: str
    run: str
    inner_port: str
    role: str = ""  # in PostgreSQL
    ports: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def config_type(self) -> type[msgspec.Struct]:
        module, _, name = self.config.partition(":")
        found: type[msgspec.Struct] = getattr(importlib.import_module(module), name)
        return found


STAGES: Final = ("fingerprint", "recurrence", "escalation")


def _stage(inner_port: str, *names: str) -> Service:
    return Service(
        config="stream_processors.config:StagesConfig",
        run="stream_processors.worker:run",
        inner_port=inner_port,
        names=names,
    )


SERVICES: Final[Mapping[str, Service]] = {
    "gateway": Service(
        config="ingest_gateway.config:GatewayConfig",
        run="ingest_gateway.app:run",
        inner_port="gateway_inner_port",
        role="gregor_gateway",
        ports=("gateway_port",),
    ),
    "intake": Service(
        config="ingest_gateway.config:IntakeConfig", run="ingest_gateway.intake:run", inner_port="intake_inner_port"
    ),
    "stages": _stage("stages_inner_port", *STAGES),
    **{name: _stage(f"{name}_inner_port", name) for name in STAGES},
    "ticker": Service(
        config="stream_processors.config:TickerConfig",
        run="stream_processors.ticker:run",
        inner_port="ticker_inner_port",
    ),
    "sink-postgres": Service(
        config="storage_sink.config:PostgresSinkConfig",
        run="storage_sink.postgres:run",
        inner_port="sink_postgres_inner_port",
        role="gregor_sink",
    ),
    "sink-mongo": Service(
        config="storage_sink.config:MongoSinkConfig",
        run="storage_sink.mongo:run",
        inner_port="sink_mongo_inner_port",
    ),
    "notifier": Service(
        config="notifier.config:NotifierConfig",
        run="notifier.app:run",
        inner_port="notifier_inner_port",
        role="gregor_notifier",
        ports=("notifier_port",),
    ),
    "api": Service(
        config="query_api.config:ApiConfig",
        run="query_api.app:run",
        inner_port="api_inner_port",
        role="gregor_api",
        ports=("api_port",),
    ),
}
STARTED: Final = ("stages", "sink-postgres", "sink-mongo", "notifier", "api", "ticker", "gateway")


def known_fields() -> frozenset[str]:
    """All that a GREGOR_ variable may name: fields of every service and of the stack."""
    configs = {service.config: service.config_type() for service in SERVICES.values()}
    return field_names([StackConfig, *configs.values()])
