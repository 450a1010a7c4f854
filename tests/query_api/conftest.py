"""One server for all tests of the API, one migrated template, a copy for each test that writes."""

from collections.abc import Iterator

import pytest

from tests.query_api import desks, servers
from tests.query_api.desks import World
from tests.query_api.rows import Rows


@pytest.fixture(scope="session")
def superuser() -> Iterator[str]:
    with servers.postgres() as address:
        yield address


@pytest.fixture(scope="session")
def template(superuser: str) -> str:
    return servers.fresh_database(superuser)


@pytest.fixture
def database(superuser: str, template: str) -> str:
    """Name of a database of the test's own."""
    return servers.copy_of(superuser, template)


@pytest.fixture
def api_dsn(superuser: str, database: str) -> str:
    return servers.as_role(superuser, "gregor_api", database)


@pytest.fixture(scope="module")
def shared_database(superuser: str, template: str) -> str:
    """One database for the tests of a module that leave each other's rows alone."""
    return servers.copy_of(superuser, template)


@pytest.fixture(scope="module")
def world(superuser: str, shared_database: str) -> Iterator[World]:
    """The API over a database with a first project, signed in as its owner."""
    dsn = servers.as_role(superuser, "gregor_api", shared_database)
    made = desks.first_project(dsn)
    rows = Rows(servers.as_role(superuser, "gregor_sink", shared_database))
    with desks.an_api(dsn) as api:
        assert made.password
        api.sign_in(made.login, made.password)
        yield World(api=api, rows=rows, dsn=dsn, made=made)
    rows.close()
