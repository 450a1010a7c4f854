"""Brings a database to this release's schema: numbered files once, the repeatable ones when they changed."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from yoyo import read_migrations
from yoyo.connections import DatabaseURI, get_backend

log = logging.getLogger(__name__)
FOLDER: Final = Path(__file__).parent / "migrations"
OWNER: Final = "gregor_owner"
ROLES: Final = (
    OWNER,
    "gregor_sink",
    "gregor_notifier",
    "gregor_api",
    "gregor_jobs",
    "gregor_gateway",
    "gregor_reader",
)
LOCK: Final = 4_037_402_111  # advisory: one migration run at a time
ATTEMPTS: Final = 5
OPTIONS: Final = "-c search_path=gregor,public -c lock_timeout=2s -c statement_timeout=10min"

# The mark, and whether the database has its search path: a dump restored into a new one has lost it.
MARKED: Final = """
select obj_description(to_regnamespace('gregor'), 'pg_namespace'), exists (
    select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
    where d.datname = current_database() and s.setrole = 0 and 'search_path=gregor, public' = any (s.setconfig))"""


class SchemaOlder(Exception):
    """The database is not at this release's schema: run `gregor migrate` first."""


def prepare(dsn_superuser: str, database: str, passwords: Mapping[str, str]) -> None:
    """Make the roles and the database where they are missing; set the given passwords. May be repeated."""
    with psycopg.connect(dsn_superuser, autocommit=True) as connection:
        there = {name for (name,) in connection.execute("select rolname from pg_roles where rolname like 'gregor%'")}
        for role in ROLES:
            if role not in there:
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
            if role in passwords:
                _give_password(connection, role, passwords[role])
        connection.execute("alter role gregor_api set statement_timeout = '5s'")
        if not connection.execute("select 1 from pg_database where datname = %s", (database,)).fetchone():
            make = sql.SQL("create database {} owner {} encoding 'UTF8' template template0")
            connection.execute(make.format(sql.Identifier(database), sql.Identifier(OWNER)))


def _give_password(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """The server gets the SCRAM verifier: no log of its can hold the password."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    change = sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier))
    connection.execute(change)


def apply(dsn_owner: str) -> list[str]:
    """Run what is missing, as `gregor_owner`; return the names of what ran. Safe to repeat and to kill.

    Under load a statement that does not get its lock within 2 s fails; the run is tried 5 times.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _apply(dsn_owner)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            log.warning("a lock was not free", extra={"fields": {"attempt": attempt}})
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def pending(dsn: str) -> list[str]:
    """What `apply` would run; needs no more than a service's role."""
    with psycopg.connect(dsn, options=OPTIONS) as connection:
        return _pending(connection)


def refuse_older(dsn: str) -> None:
    """Raise SchemaOlder unless everything of this release was applied. More than that is fine."""
    missing = pending(dsn)
    if missing:
        raise SchemaOlder(f"run `gregor migrate`: {', '.join(missing)} not applied")


def numbered() -> list[Path]:
    return sorted(FOLDER.glob("[0-9]*.sql"))


def sums() -> dict[str, str]:
    """SHA-256 of each numbered file: what `migrations/SUMS` must hold, since no file may be edited."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in numbered()}


def _repeatable() -> tuple[str, str]:
    """The joined text of the repeatable files, and its mark (kept as the comment of the schema)."""
    text = "\n".join(path.read_text() for path in sorted((FOLDER / "repeatable").glob("*.sql")))
    return text, f"repeatable {hashlib.sha256(text.encode()).hexdigest()}"


def _pending(connection: psycopg.Connection[Any]) -> list[str]:
    applied: set[str] = set()
    if connection.execute("select to_regclass('gregor._yoyo_migration')").fetchone() != (None,):
        rows = connection.execute("select migration_id from gregor._yoyo_migration")
        applied = {name for (name,) in rows}
    missing = [path.stem for path in numbered() if path.stem not in applied]
    found = connection.execute(MARKED).fetchone()
    return missing if found == (_repeatable()[1], True) else [*missing, "repeatable"]


def _apply(dsn_owner: str) -> list[str]:
    with _locked(dsn_owner) as connection:
        connection.execute("create schema if not exists gregor")
        missing = _pending(connection)
        if missing and missing != ["repeatable"]:
            _run_numbered(dsn_owner)
        if missing:
            text, mark = _repeatable()
            comment = sql.SQL("comment on schema gregor is {}").format(sql.Literal(mark))
            with connection.transaction():
                connection.execute(text.encode())
                connection.execute(comment)
        left = _pending(connection)
        if left:
            raise SchemaOlder(f"still not applied: {', '.join(left)}")
        return missing


@contextmanager
def _locked(dsn_owner: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that holds our lock: whoever has it may clear the runner's own, left by a kill."""
    with psycopg.connect(dsn_owner, autocommit=True, options=OPTIONS) as connection:
        connection.execute("set lock_timeout = '60s'")
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        connection.execute("set lock_timeout = '2s'")
        yield connection


def _run_numbered(dsn_owner: str) -> None:
    backend = get_backend(_uri(dsn_owner))
    with backend:
        backend.break_lock()
        with backend.lock():
            backend.apply_migrations(backend.to_apply(read_migrations(str(FOLDER))))


def _uri(dsn: str) -> str:
    parts = {name: str(value) for name, value in conninfo_to_dict(make_conninfo(dsn, options=OPTIONS)).items()}
    known = [parts.pop(name, None) for name in ("user", "password", "host", "port", "dbname")]
    user, password, host, port, database = known
    if host is not None and host.startswith("/"):  # a socket's folder cannot stand in an address
        parts["host"], host = host, None
    number = int(port) if port else None
    return str(DatabaseURI("postgresql+psycopg", user, password, host, number, database, parts))
