"""A stand-in for librdkafka's producer, at the network's edge: keeps what it is given and acknowledges it."""

from collections.abc import Callable
from typing import Any

import msgspec


class Wire:
    """`fails`: how many records from now on get no acknowledgement."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any, bytes]] = []
        self.reports: list[tuple[Callable[[object, object], None], object]] = []
        self.fails = 0

    def produce(self, topic: str, value: bytes, key: Any, *, on_delivery: Any, headers: Any = ()) -> None:
        refused = "refused" if self.fails > 0 else None
        self.fails -= self.fails > 0
        if refused is None:
            self.sent.append((topic, key, value))
        self.reports.append((on_delivery, refused))

    def poll(self, wait_s: float = 0) -> None:
        reports, self.reports = self.reports, []
        for report, error in reports:
            report(error, None)

    def records(self, topic: str) -> list[dict[str, Any]]:
        return [msgspec.json.decode(value) for to, _, value in self.sent if to == topic]
