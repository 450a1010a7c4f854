"""Dead letters: the scrubbed original, whole, with who refused it and why in its headers."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from confluent_kafka import Producer

from domain.ids import dead_id
from runtime.declared import counter
from runtime.kafka import Outgoing, publish
from schemas.dead_letter import DeadLetter, to_headers
from schemas.verdict import Rejected

TOPIC: Final = "dead-letters"
DETAIL_BYTES: Final = 2_048


class Original(Protocol):
    """A record as it was read: `runtime.source.Message` and the stages' `Input` alike."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def key(self) -> bytes: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


def dead_letter(original: Original, refused: Rejected, *, service: str, at: int) -> Outgoing:
    """The record for `dead-letters`; `at` is the instant of the refusal, ms UTC."""
    position = (original.epoch, original.partition, original.offset, 0)
    letter = DeadLetter(
        dead_id=dead_id(original.topic, position),
        at=at,
        stage=service,
        consumer=service,
        topic=original.topic,
        source=position,
        reason=refused.reason,
        detail=refused.detail.encode()[:DETAIL_BYTES].decode("utf-8", "ignore"),
        key=original.key.decode("utf-8", "replace"),
    )
    place = f"{original.topic}/{original.partition}".encode()
    headers = (*to_headers(letter), *original.headers)
    return Outgoing(TOPIC, place, original.value, headers=headers)


class DeadLetters:
    """Writes refused messages and returns once the broker has them."""

    def __init__(self, producer: Producer, service: str, clock: Callable[[], int]) -> None:
        self.producer = producer
        self.service = service
        self.clock = clock  # ms UTC

    def put(self, refused: Sequence[tuple[Original, Rejected]]) -> None:
        if not refused:
            return
        at = self.clock()
        letters = [dead_letter(message, why, service=self.service, at=at) for message, why in refused]
        publish(self.producer, letters)
        for _, why in refused:
            counter("gregor_dead_letters_total", service=self.service, reason=why.reason).inc()
