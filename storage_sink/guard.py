"""The connection to PostgreSQL: made again when it breaks, its refusals judged."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo

from runtime.consumer import BadBatch, Unavailable
from storage_sink import statements as history
from storage_sink import statements_trail as trail
from storage_sink.blame import Blame, blame

log = logging.getLogger(__name__)
Connection = psycopg.Connection[tuple[Any, ...]]
OPTIONS: Final = (
    "-c search_path=gregor,public -c lock_timeout=10s -c statement_timeout=120s"
    " -c idle_in_transaction_session_timeout=120s"
)
PROBE: Final = "-c statement_timeout=2s"
DAYS_AHEAD: Final = 8
DAYS_KNOWN: Final = 400  # instants further off than this go to the default partition


class Moment(Exception):
    """The same transaction may pass now."""


class Store:
    """One connection, for one thread. Every method raises Unavailable, BadBatch or Moment, not psycopg's."""

    def __init__(self, dsn: str, password: str = "") -> None:
        secret = {"password": password} if password else {}
        usual: dict[str, str | int] = {
            "connect_timeout": 5,
            "tcp_user_timeout": 20_000,
            "application_name": "gregor-sink",
        }
        self.conninfo = make_conninfo(dsn, **(usual | secret))
        self.connection: Connection | None = None
        self.days: set[int] = set()
        self.today: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        try:
            connection = self._connected()
            with connection.transaction():
                yield connection
        except psycopg.Error as error:
            raise self._judged(error) from error

    def make_days(self, days: set[int], today: int) -> None:
        """A table for each of these days (since 1970) and for the coming ones. A busy one is tried again."""
        wanted = {day for day in days if abs(day - today) <= DAYS_KNOWN}
        if self.today != today:
            wanted |= set(range(today - 1, today + DAYS_AHEAD))
        for day in sorted(wanted - self.days):
            try:
                with self.transaction() as connection:
                    connection.execute(trail.MAKE_DAY, (day,))
            except Moment:
                log.warning("a day has no table yet", extra={"fields": {"day": day}})
            else:
                self.days.add(day)
        self.today = today

    def probe(self) -> str | None:
        """A round trip on a connection of its own: None, or what is wrong."""
        try:
            with psycopg.connect(self.conninfo, options=PROBE, connect_timeout=2) as connection:
                connection.execute("select 1")
        except psycopg.Error as error:
            return f"postgres: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        return None

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _connected(self) -> Connection:
        if self.connection is None or self.connection.closed:
            self.connection = psycopg.connect(self.conninfo, options=OPTIONS, autocommit=True)
            self.connection.execute(history.BATCH)
        return self.connection

    def _judged(self, error: psycopg.Error) -> Exception:
        if error.sqlstate is None and isinstance(error, psycopg.DataError):
            return BadBatch(str(error))  # the driver itself refuses the value
        match blame(error.sqlstate):
            case Blame.ROW:
                return BadBatch(str(error))
            case Blame.MOMENT:
                return Moment(str(error))
            case Blame.STORE:
                self.close()
                return Unavailable(str(error))
