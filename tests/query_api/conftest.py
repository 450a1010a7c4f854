"""One server for all tests of the API, one migrated template, a copy for each test that writes."""

from collections.abc import Iterator

import pytest

from tests.query_api import servers


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
