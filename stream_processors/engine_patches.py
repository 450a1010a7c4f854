"""The changes to Faust 0.15.3 without which it loses records or time, and the proof that it is that Faust."""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, Final

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

FETCH_WAIT_MS: Final = 100
VERSIONS: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}

# What the patches replace or lean on. Another text means that somebody must read it again.
DIGESTS: Final = {
    "Recovery.on_recovery_completed": "6ef567acf072e46d",
    "TableManager.on_start": "365dd25fbc0e0684",
    "Consumer.on_buffer_full": "c8961679e0bcdce5",
    "Consumer.on_buffer_drop": "4b57e8a418d5ad9c",
    "Consumer.perform_seek": "0e8c130ff4b0afd8",
    "AIOKafkaConsumerThread._create_worker_consumer": "c2701bfc3e6f6cad",
    "Consumer._drain_messages": "44a2500309e83c63",
    "Consumer.ack": "5fcf41cf45153475",
    "Consumer.track_message": "217d7f1399a4cd8e",
}
KNOWN: Final[Mapping[str, Callable[..., Any]]] = {
    "Recovery.on_recovery_completed": Recovery.on_recovery_completed,
    "TableManager.on_start": TableManager.on_start,
    "Consumer.on_buffer_full": Consumer.on_buffer_full,
    "Consumer.on_buffer_drop": Consumer.on_buffer_drop,
    "Consumer.perform_seek": Consumer.perform_seek,
    "AIOKafkaConsumerThread._create_worker_consumer": AIOKafkaConsumerThread._create_worker_consumer,
    "Consumer._drain_messages": Consumer._drain_messages,
    "Consumer.ack": Consumer.ack,
    "Consumer.track_message": Consumer.track_message,
}


class UnknownEngine(Exception):
    """Another Faust than the one that was measured: it may lose records at every rebalance."""


def digest_of(function: Callable[..., Any]) -> str:
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def check(
    versions: Mapping[str, str] = VERSIONS,
    digests: Mapping[str, str] = DIGESTS,
) -> None:
    """Refuse to run on anything but the known engine. Call before `patch`."""
    wrong = [
        f"{name} is {metadata.version(name)}, not {wanted}"
        for name, wanted in versions.items()
        if metadata.version(name) != wanted
    ]
    wrong += [f"{name} is not the one we know" for name, wanted in digests.items() if digest_of(KNOWN[name]) != wanted]
    if wrong:
        raise UnknownEngine("; ".join(wrong))


def patch() -> None:
    """Change the classes for the whole process; once."""
    _settle_before_flow()
    _start_at_once()
    _keep_paused()
    _hand_over_at_once()
    _wait_briefly()


def _settle_before_flow() -> None:
    stock: Any = KNOWN["Recovery.on_recovery_completed"]

    async def on_recovery_completed(self: Any, generation_id: int = 0) -> None:
        """Stopped flow first: stock un-pauses, seeks, and only then clears the queues.

        What was fetched in between is gone from the queues, and commits jump over it: lost records.
        """
        self.app.consumer.stop_flow()
        self.app.flow_control.suspend()
        if self.app.settle(generation_id):
            await stock(self, generation_id)

    Recovery.on_recovery_completed = on_recovery_completed  # type: ignore[method-assign]


def _start_at_once() -> None:
    async def on_start(self: Any) -> None:
        """Stock sleeps a second here, at every start, for nothing we use."""
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()

    TableManager.on_start = on_start  # type: ignore[method-assign]


def _keep_paused() -> None:
    full: Any = KNOWN["Consumer.on_buffer_full"]
    drop: Any = KNOWN["Consumer.on_buffer_drop"]

    def on_buffer_full(self: Any, tp: Any) -> None:
        if not self.app.rebalancing:
            full(self, tp)

    def on_buffer_drop(self: Any, tp: Any) -> None:
        """Stock resumes a partition whose queue ran empty, even while its table is being restored."""
        if self.app.rebalancing:
            self._buffered_partitions.discard(tp)
        else:
            drop(self, tp)

    Consumer.on_buffer_full = on_buffer_full  # type: ignore[method-assign]
    Consumer.on_buffer_drop = on_buffer_drop  # type: ignore[method-assign]


def _hand_over_at_once() -> None:
    stock: Any = Consumer.wait_first

    async def wait_first(self: Any, *waits: Any, timeout: Any = None) -> Any:
        """Stock makes four tasks to hand one record over: half of what the engine costs.

        While the flow is active there is nothing else to wait for; a full queue is emptied when it is suspended.
        """
        calm = self.flow_active and self.app.flow_control.is_active() and not self.should_stop
        if calm and len(waits) == 2 and all(map(inspect.iscoroutine, waits)):
            handing, suspended = waits
            suspended.close()
            return await handing
        return await stock(self, *waits, timeout=timeout)

    Consumer.wait_first = wait_first  # type: ignore[method-assign]


def _wait_briefly() -> None:
    stock: Any = KNOWN["AIOKafkaConsumerThread._create_worker_consumer"]

    def create_worker_consumer(self: Any, transport: Any) -> Any:
        """Stock lets a fetch wait 1.5 s at the broker, and every question on that connection waits behind it.

        A restart asks three: 3 s of 4 were spent so.
        """
        consumer = stock(self, transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    AIOKafkaConsumerThread._create_worker_consumer = create_worker_consumer  # type: ignore[method-assign]
