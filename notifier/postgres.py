"""How the notifier connects to its ledger."""

from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

OPTIONS: Final = (
    "-c search_path=gregor,public -c statement_timeout=10s -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=15s"
)


def conninfo(dsn: str, password: str) -> str:
    secret = {"password": password} if password else {}
    return make_conninfo(dsn, options=OPTIONS, connect_timeout=3, application_name="gregor-notifier", **secret)


def connect(address: str) -> psycopg.Connection[DictRow]:
    return psycopg.connect(address, row_factory=dict_row)


def wrong(address: str) -> str | None:
    """None when a question was answered, else why not: a real round trip, for readiness."""
    try:
        with psycopg.connect(address) as connection:
            connection.execute("select 1 from deliveries limit 1").fetchone()
    except psycopg.Error as error:
        return f"postgresql: {type(error).__name__}"
    return None


async def connect_async(address: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(address, row_factory=dict_row, autocommit=True)
