"""A sink as its own process, killed by SIGKILL at a chosen instant.

`python -m tests.storage_sink.doomed postgres|mongo CONFIG_JSON [PLACE NTH]`; places: `commit` (the store has the
batch, the group's offset is not committed), `store` (all is told and written, the store has not committed).
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from runtime.source import KafkaSource
from storage_sink import mongo, postgres, tables
from storage_sink.config import MongoSinkConfig, PostgresSinkConfig
from storage_sink.send import Documents


def killing(work: Callable[..., Any], nth: int, after: bool) -> Callable[..., Any]:
    calls = 0

    def doomed(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = work(*given, **named)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return doomed


def main(name: str, config: str, place: str = "", nth: str = "0") -> None:
    if place == "commit":
        KafkaSource.commit = killing(KafkaSource.commit, int(nth), after=False)  # type: ignore[method-assign]
    if place == "store" and name == "postgres":
        tables.advance = killing(tables.advance, int(nth), after=True)
    if place == "store" and name == "mongo":
        Documents.settle = killing(Documents.settle, int(nth), after=True)  # type: ignore[method-assign]
    if name == "postgres":
        postgres.run(msgspec.json.decode(config, type=PostgresSinkConfig))
    else:
        mongo.run(msgspec.json.decode(config, type=MongoSinkConfig))


if __name__ == "__main__":
    main(*sys.argv[1:])
