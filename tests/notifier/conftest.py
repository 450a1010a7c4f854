"""One PostgreSQL with our schema for all tests of this room; each test finds the ledger empty."""

from collections.abc import Iterator

import psycopg
import pytest

from storage_sink import migrate
from tests.notifier.relay import Relay, relay
from tests.storage_sink.servers import Postgres, postgres

TABLES = "episodes, decisions, deliveries, delivery_attempts, destinations, message_requests"


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres() as found:
        migrate.prepare(found.dsn(), "gregor", {})
        migrate.apply(found.dsn("gregor_owner", "gregor"))
        yield found


@pytest.fixture
def store(server: Postgres) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A look into the ledger, by its owner."""
    options = "-c search_path=gregor,public"
    with psycopg.connect(server.dsn("postgres", "gregor"), autocommit=True, options=options) as connection:
        connection.execute(f"truncate {TABLES}".encode())
        yield connection


@pytest.fixture
def dsn(server: Postgres, store: object) -> str:
    return server.dsn("gregor_notifier", "gregor")


@pytest.fixture
def mails() -> Iterator[Relay]:
    with relay() as found:
        yield found
