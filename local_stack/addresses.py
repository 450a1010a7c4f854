"""Where the servers of a stack are: its own, or those that replace them."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from local_stack import postgres_server
from local_stack.config import StackConfig
from local_stack.keys import Keys

DATABASE: Final = "gregor"


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """`postgres_admin` holds a password: never printed, never handed to a service."""

    kafka_brokers: str
    postgres_admin: str
    mongo_uri: str
    smtp_host: str
    smtp_port: int

    def postgres(self, role: str, password: str = "") -> str:
        """DSN of the database `gregor` for `role`."""
        parts = urlsplit(self.postgres_admin)
        server = parts.netloc.rpartition("@")[2]
        user = f"{role}:{password}" if password else role
        return urlunsplit(parts._replace(netloc=f"{user}@{server}", path=f"/{DATABASE}"))


def addresses(config: StackConfig, keys: Keys) -> Addresses:
    own_postgres = "" if config.postgres_dsn else keys.password(postgres_server.SUPERUSER)
    return Addresses(
        kafka_brokers=config.kafka_brokers or f"127.0.0.1:{config.kafka_port}",
        postgres_admin=config.postgres_dsn or postgres_server.admin_dsn(config, own_postgres),
        mongo_uri=config.mongo_uri or f"mongodb://127.0.0.1:{config.mongo_port}",
        smtp_host=config.smtp_host or "127.0.0.1",
        smtp_port=config.smtp_port,
    )


def replaced(config: StackConfig) -> dict[str, str]:
    """Servers that are not ours to start, with the address that replaces each (without a password)."""
    given = {
        "kafka": config.kafka_brokers,
        "postgres": urlsplit(config.postgres_dsn).netloc.rpartition("@")[2],
        "mongo": urlsplit(config.mongo_uri).netloc.rpartition("@")[2],
        "smtp": f"{config.smtp_host}:{config.smtp_port}" if config.smtp_host else "",
    }
    return {name: address for name, address in given.items() if address}


def shared_values(config: StackConfig, servers: Addresses, state: Path) -> dict[str, str]:
    """What any service may read, by field name."""
    ports = {name: str(getattr(config, name)) for name in config.__struct_fields__ if name.endswith("_port")}
    return ports | {
        "kafka_brokers": servers.kafka_brokers,
        "mongo_uri": servers.mongo_uri,
        "smtp_host": servers.smtp_host,
        "smtp_port": str(servers.smtp_port),
        "gateway_url": f"http://127.0.0.1:{config.gateway_port}",
        "public_url": f"http://127.0.0.1:{config.api_port}",
        "stages_folder": str(state / "stages"),
        "spool_folder": str(state / "spool"),
    }
