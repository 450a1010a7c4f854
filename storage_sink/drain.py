"""The loop of both sinks: poll, decide, settle, commit. Dead letters are part of settling."""

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from runtime.breaker import Breaker, observe, open_reason
from runtime.consumer import FIRST_WAIT_S, LONGEST_WAIT_S, Progress, Service, TooManyRejected, Unavailable, sort
from runtime.declared import histogram
from runtime.source import KafkaSource, Message
from schemas.verdict import Rejected, Verdict

log = logging.getLogger(__name__)
T = TypeVar("T")
LINGER_S: Final = 0.1


class Entry(msgspec.Struct, Generic[T], frozen=True):
    """One message and what was decided: its fact, or why it is a dead letter; neither: nothing to store."""

    message: Message
    fact: T | None = None
    refused: Rejected | None = None


class Sink(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`settle` stores the entries, writes the dead letters and returns how many there were.

    It may be repeated, and raises Unavailable while the store, or the broker, is away.
    """

    name: str
    decide: Callable[[Message], Verdict[T | None]]
    settle: Callable[[Sequence[Entry[T]]], int]


def member(name: str, inner_port: int) -> dict[str, Any]:
    """Settings of a static member: one that is killed takes its partitions back as soon as it is started again.

    Host and inner port name it; without a fixed port it is an ordinary member.
    """
    return {"group__instance__id": f"{name}-{socket.gethostname()}-{inner_port}"} if inner_port else {}


def serve(sink: Sink[T], source: KafkaSource, stop: threading.Event, progress: Progress) -> None:
    """Until `stop`. Any other exception ends the process; the batch is read again."""
    breaker = Breaker()
    while not stop.is_set():
        progress.beat()
        batch = gather(source, stop)
        if not batch:
            continue
        entries = decided(sink, batch)
        refused = sum(entry.refused is not None for entry in entries)
        breaker = checked(breaker, len(entries) - refused, refused)
        with histogram("gregor_consumer_batch_seconds", service=sink.name).time():
            dead = patiently(sink, source, entries, stop=stop, progress=progress)
        if dead is None:
            return
        breaker = checked(breaker, 0, max(0, dead - refused))
        source.commit(batch)


def gather(source: KafkaSource, stop: threading.Event) -> list[Message]:
    """A batch; a small one waits a moment for more, since a transaction costs as much as thirty rows."""
    batch = source.poll()
    if 0 < len(batch) < source.most and not stop.wait(LINGER_S):
        batch += source.poll(0)
    return batch


def decided(sink: Sink[T], batch: Sequence[Message]) -> list[Entry[T]]:
    """One entry per message, in the order of reading; a redriven one that is another's says nothing."""
    service: Service[T | None] = Service(name=sink.name, decide=sink.decide, act=lambda kept: None)
    kept, refused = sort(service, batch)
    facts = {(message.topic, message.partition, message.offset): fact for message, fact in kept}
    wrong = {(message.topic, message.partition, message.offset): why for message, why in refused}
    places = [(message.topic, message.partition, message.offset) for message in batch]
    return [Entry(message, facts.get(at), wrong.get(at)) for message, at in zip(batch, places, strict=True)]


def patiently(
    sink: Sink[T], source: KafkaSource, entries: Sequence[Entry[T]], *, stop: threading.Event, progress: Progress
) -> int | None:
    """Settle the batch; returns how many became dead letters, None when told to stop.

    While the store is away the process stays in its group and fetches nothing.
    """
    wait_s = FIRST_WAIT_S
    while entries and not stop.is_set():
        try:
            return sink.settle(entries)
        except Unavailable as error:
            log.warning("the store is away", extra={"fields": {"service": sink.name, "why": str(error)}})
        source.idle(wait_s)
        progress.beat()
        wait_s = min(LONGEST_WAIT_S, wait_s * 2)
        entries = [entry for entry in entries if (entry.message.topic, entry.message.partition) in source.assigned]
    return None if stop.is_set() else 0


def checked(before: Breaker, kept: int, dead: int) -> Breaker:
    """Stop when too much is refused: a person must look before the topic is emptied into dead letters."""
    after = observe(before, kept, dead, dead > 0 and kept == 0)
    why = open_reason(after)
    if why is not None:
        raise TooManyRejected(why)
    return after
