"""One whole stack for the tests of this folder: real servers, all services, ports and folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.scratch import scratch
from local_stack.stack import Stack
from tests.live.running import Running

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs servers; the marker keeps it out of quick runs."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    with scratch() as config:
        stack = Stack(config)
        started = stack.start()
        assert started is not None
        try:
            yield Running(stack, started)
        finally:
            stack.stop()
