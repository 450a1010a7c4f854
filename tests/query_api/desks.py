"""The API in memory over a real database: no server, no socket but PostgreSQL's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from litestar.testing import TestClient

from query_api.app import create, desk_of
from query_api.bootstrap import Bootstrapped, bootstrap
from query_api.config import ApiConfig
from query_api.protocol.wiring import Desk
from query_api.rates import Cost, Rate
from tests.query_api.rows import Rows

MASTER = bytes(range(32))
MASTER_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
FAST = dict.fromkeys(Cost, Rate(1e6, 1_000_000))  # tests ask faster than people
ORIGIN = "http://testserver.local"


def a_config(dsn: str, **over: Any) -> ApiConfig:
    return ApiConfig(
        **{
            "kafka_brokers": "127.0.0.1:1",
            "postgres_dsn": dsn,
            "secret_master_key": MASTER_TEXT,
            "mongo_uri": "mongodb://127.0.0.1:1",
            **over,
        }
    )


class Api:
    """A client that signs in, sends the CSRF token, and reads JSON."""

    def __init__(self, client: TestClient[Any], desk: Desk) -> None:
        self.client, self.desk = client, desk
        self.headers: dict[str, str] = {}

    def sign_in(self, email: str, password: str) -> Any:
        answer = self.client.post("/api/v1/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        self.headers = {"X-Gregor-CSRF": answer.json()["csrf"], "Origin": "http://127.0.0.1:8090"}
        return answer.json()

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.call("POST", path, json={} if body is None else body, **more)


class World(msgspec.Struct, kw_only=True):
    """The API signed in as the owner, and a pen for rows of the stream."""

    api: Api
    rows: Rows
    dsn: str
    made: Bootstrapped


@contextmanager
def an_api(dsn: str, *, patient: bool = False, **over: Any) -> Iterator[Api]:
    """`patient`: with the real limits of rates."""
    desk = desk_of(a_config(dsn, **over))
    if not patient:
        desk.guard.rates = FAST
    with TestClient(create(desk)) as client:
        yield Api(client, desk)


def first_project(dsn: str) -> Bootstrapped:
    return bootstrap(dsn, "", MASTER)


def decoded(answer: Any, type_: Any) -> Any:
    return msgspec.json.decode(answer.content, type=type_)
