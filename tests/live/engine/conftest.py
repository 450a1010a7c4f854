"""A broker and a world for each test: what one leaves behind must not help the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.scratch import scratch
from tests.live.engine.world import Broker, World


@pytest.fixture
def world() -> Iterator[World]:
    with scratch() as config:
        folder = Path(config.state)
        folder.mkdir(parents=True)
        broker = Broker(config, folder)
        broker.start()
        world = World(broker, folder)
        try:
            yield world
        finally:
            world.close()
            broker.stop()
