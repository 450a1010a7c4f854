"""What an event may cost at most, and that every expression is linear (grouping.md 7)."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from time import process_time

import pytest
import re2

import domain
from schemas.error_event import ErrorEvent
from stream_processors import fingerprint
from stream_processors.fingerprint.decide import STAGE
from stream_processors.fingerprint.frames import symbol
from stream_processors.fingerprint.message import masked, said
from tests.stream_processors.fingerprint.events import Stage
from tests.stream_processors.fingerprint.worst import events

WORST_S = 0.010
TRIES = 5  # the machine may be busy with something else


@pytest.mark.parametrize("event", [pytest.param(event, id=name) for name, event in events()])
def test_the_most_expensive_event_costs_ten_milliseconds(event: ErrorEvent) -> None:
    assert min(cold_s(event) for _ in range(TRIES)) < WORST_S


def cold_s(event: ErrorEvent) -> float:
    """CPU seconds of one decision without any memo."""
    for memo in (symbol, masked, said):
        memo.cache_clear()
    stage = Stage()
    arrived = stage.arrived(event)
    started = process_time()
    STAGE.decide(arrived, stage.context())
    return process_time() - started


def expressions() -> Iterator[tuple[str, object]]:
    for package in (domain, fingerprint):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, value in vars(import_module(module.name)).items():
                if hasattr(value, "pattern") and hasattr(value, "finditer"):
                    yield f"{module.name}.{name}", value


def test_every_expression_is_re2() -> None:
    found = dict(expressions())
    assert len(found) > 30
    assert [name for name, value in found.items() if not isinstance(value, re2._Regexp)] == []
