"""PostgreSQL as role gregor_api: each request sees the projects of its transaction and no others."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar

import msgspec
from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from query_api.problems import not_found

T = TypeVar("T")
Query = LiteralString | SQL | Composed
Params = Sequence[Any] | dict[str, Any]


class HexLoader(Loader):
    """uuid columns hold our ids: 32 hex, no dashes."""

    def load(self, data: Buffer) -> str:
        return bytes(data).replace(b"-", b"").decode()


class Database:
    """One transaction. Rows come as frozen records: a column that does not fit its field is a bug."""

    def __init__(self, connection: AsyncConnection[dict[str, Any]]) -> None:
        self.connection = connection

    async def rows(self, query: Query, params: Params, type_: type[T]) -> list[T]:
        cursor = await self.connection.execute(query, params)
        return msgspec.convert(await cursor.fetchall(), list[type_], strict=False)  # type: ignore[valid-type]

    async def row(self, query: Query, params: Params, type_: type[T]) -> T | None:
        cursor = await self.connection.execute(query, params)
        found = await cursor.fetchone()
        return None if found is None else msgspec.convert(found, type_, strict=False)

    async def one(self, query: Query, params: Params, type_: type[T]) -> T:
        """The row, or 404: what is foreign is as unknown as what never was."""
        found = await self.row(query, params, type_)
        if found is None:
            raise not_found()
        return found

    async def value(self, query: Query, params: Params = ()) -> Any:
        """The first column of the first row, None without a row."""
        cursor = await self.connection.execute(query, params)
        found = await cursor.fetchone()
        return None if found is None else next(iter(found.values()))

    async def run(self, query: Query, params: Params = ()) -> int:
        """Rows touched."""
        return (await self.connection.execute(query, params)).rowcount


class Store:
    """The pool. `within` opens the transaction of one request."""

    def __init__(self, dsn: str, password: str, *, connections: int, statement_timeout_s: float) -> None:
        options = f"-c statement_timeout={int(statement_timeout_s * 1000)} -c search_path=gregor,public -c jit=off"
        self.pool: AsyncConnectionPool[AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
            dsn,
            kwargs={
                "password": password or None,
                "autocommit": True,
                "row_factory": dict_row,
                "options": options + " -c plan_cache_mode=force_custom_plan",
            },
            configure=adapted,
            min_size=1,
            max_size=connections,
            timeout=5.0,
            open=False,
        )

    async def open(self) -> None:
        await self.pool.open()

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def within(self, projects: Iterable[int]) -> AsyncIterator[Database]:
        """A transaction in which row-level security shows `projects`; without any, no project's rows."""
        async with self.pool.connection() as connection, connection.transaction():
            mine = ",".join(map(str, projects))
            await connection.execute("select set_config('gregor.projects', %s, true)", (mine,))
            yield Database(connection)

    async def alive(self) -> None:
        async with self.pool.connection() as connection:
            await connection.execute("select 1")


async def adapted(connection: AsyncConnection[dict[str, Any]]) -> None:
    """Ids as hex, JSON by msgspec."""
    connection.adapters.register_loader("uuid", HexLoader)
    set_json_loads(msgspec.json.decode, connection)
    set_json_dumps(msgspec.json.encode, connection)
