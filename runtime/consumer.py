"""The loop of every plain consumer: poll, decide, act, dead-letter, commit. In this order."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from runtime.breaker import Breaker, observe, open_reason
from runtime.dead_letters import Original
from runtime.declared import counter, histogram
from runtime.source import Message
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict

log = logging.getLogger(__name__)
T = TypeVar("T")
REDRIVE: Final = "redrive_for"
FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 5.0
STALL_S: Final = 60.0


class Unavailable(Exception):
    """The store behind `act` is away: wait, then try the same batch again."""


class BadBatch(Exception):
    """The store is well and refuses this batch: bisect it until the bad row stands alone."""


class TooManyRejected(Exception):
    """The breaker is open: a person must look before more is dead-lettered."""


class Source(Protocol):
    def poll(self, wait_s: float = ...) -> list[Message]: ...
    def mine(self, messages: Sequence[Message]) -> list[Message]: ...
    def commit(self, messages: Sequence[Message], *, wait: bool = ...) -> None: ...
    def idle(self, wait_s: float) -> None: ...


class Letters(Protocol):
    def put(self, refused: Sequence[tuple[Original, Rejected]]) -> None: ...


class Service(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`decide` is pure; `act` does I/O, is idempotent, and raises when it could not."""

    name: str
    decide: Callable[[Message], Verdict[T]]
    act: Callable[[Sequence[tuple[Message, T]]], None]
    breaks: bool = True  # whether the breaker applies (never to `error-intake`)


class Progress:
    """When the loop was last seen moving; read by the health check and by the watchdog."""

    def __init__(self) -> None:
        self.beat_at = time.monotonic()

    def beat(self) -> None:
        self.beat_at = time.monotonic()

    def wrong(self) -> str | None:
        still_s = time.monotonic() - self.beat_at
        return f"no progress for {still_s:.0f} s" if still_s > STALL_S else None

    def watch(self) -> None:
        """End the process when the loop hangs: a supervisor restarts it, the batch is read again."""

        def look() -> None:
            while self.wrong() is None:
                time.sleep(1)
            log.critical("the consumer hangs; ending the process")
            os._exit(1)

        threading.Thread(target=look, name="watchdog", daemon=True).start()


class Stopped(Exception):
    """Told to stop while the store is away: the batch in hand is left for the next start."""


class Waiting:
    """A source whose waits for a store are progress, and end when the process is told to stop."""

    def __init__(self, source: Source, stop: threading.Event, progress: Progress) -> None:
        self.poll, self.mine, self.commit = source.poll, source.mine, source.commit
        self.source, self.stop, self.progress = source, stop, progress

    def idle(self, wait_s: float) -> None:
        if self.stop.is_set():
            raise Stopped
        self.source.idle(wait_s)
        self.progress.beat()


def serve(service: Service[T], source: Source, letters: Letters, *, stop: threading.Event, progress: Progress) -> None:
    """Handle batches until `stop`. Any other exception ends the process; Kafka replays the batch."""
    breaker, waiting = Breaker(), Waiting(source, stop, progress)
    with contextlib.suppress(Stopped):
        while not stop.is_set():
            progress.beat()
            breaker = run_once(service, waiting, letters, breaker)


def run_once(service: Service[T], source: Source, letters: Letters, breaker: Breaker) -> Breaker:
    """Handle one batch.

    Nothing is committed before `act` and `put` returned. If either raises, the process ends and
    the batch is read again, which is why `act` must be idempotent.
    """
    batch = source.poll()
    if not batch:
        return breaker
    started = time.perf_counter()
    kept, refused = sort(service, batch)
    done, bad = carry_out(service, source, kept)
    refused += bad
    after = observe(breaker, len(done), len(refused), not done)
    stopped = open_reason(after) if service.breaks else None
    if stopped:
        raise TooManyRejected(stopped)
    letters.put(refused)
    source.commit(batch)
    histogram("gregor_consumer_batch_seconds", service=service.name).observe(time.perf_counter() - started)
    return after


def sort(
    service: Service[T], batch: Sequence[Message]
) -> tuple[list[tuple[Message, T]], list[tuple[Original, Rejected]]]:
    """Decide each message; a bug in a decision costs one dead letter."""
    kept: list[tuple[Message, T]] = []
    refused: list[tuple[Original, Rejected]] = []
    for message in batch:
        verdict = guarded(service, message)
        counter("gregor_consumer_messages_total", service=service.name, ended=_ended(verdict)).inc()
        match verdict:
            case Kept(value):
                kept.append((message, value))
            case Rejected():
                refused.append((message, verdict))
            case Dropped() | None:
                pass
    return kept, refused


def guarded(service: Service[T], message: Message) -> Verdict[T] | None:
    """The verdict, or None for a redriven message that is meant for another consumer."""
    meant_for = dict(message.headers).get(REDRIVE)
    if meant_for is not None and meant_for.decode() != service.name:
        return None
    try:
        return service.decide(message)
    except Exception:
        place = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
        log.exception("a bug in a decision", extra={"fields": place})
        return Rejected(Reason.INTERNAL, "a bug in the decision; see the log of this service")


def carry_out(
    service: Service[T], source: Source, kept: list[tuple[Message, T]]
) -> tuple[list[tuple[Message, T]], list[tuple[Original, Rejected]]]:
    """Act on `kept`; wait while the store is away, bisect what it refuses."""
    wait_s = FIRST_WAIT_S
    while True:
        try:
            return bisect(service, kept)
        except Unavailable as error:
            log.warning("the store is away", extra={"fields": {"service": service.name, "why": str(error)}})
            source.idle(wait_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)
            still = {(message.topic, message.partition, message.offset) for message in source.mine(_messages(kept))}
            kept = [pair for pair in kept if (pair[0].topic, pair[0].partition, pair[0].offset) in still]


def bisect(
    service: Service[T], kept: list[tuple[Message, T]]
) -> tuple[list[tuple[Message, T]], list[tuple[Original, Rejected]]]:
    """What was done, and the rows the store refuses even alone. Halves go in order."""
    if not kept:
        return [], []
    try:
        service.act(kept)
    except BadBatch as error:
        if len(kept) == 1:
            return [], [(kept[0][0], Rejected(Reason.STORE_REFUSED, str(error)))]
        middle = len(kept) // 2
        first, second = bisect(service, kept[:middle]), bisect(service, kept[middle:])
        return first[0] + second[0], first[1] + second[1]
    return kept, []


def _messages(kept: Sequence[tuple[Message, Any]]) -> list[Message]:
    return [message for message, _ in kept]


def _ended(verdict: Verdict[T] | None) -> str:
    match verdict:
        case Kept():
            return "kept"
        case Dropped():
            return "dropped"
        case Rejected():
            return "rejected"
        case None:
            return "skipped"
