"""What comes in: steps from Kafka, settings with opened addresses; decided, stored, passed on."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from domain.snapshot import Snapshot
from notifier.answers import commands
from notifier.decide import decide
from notifier.ledger.decisions import Hook, Ledger
from notifier.plan import Decision, Memory, World
from notifier.world import arranged
from runtime.declared import histogram
from runtime.secrets import SecretError, unseal
from runtime.source import Message
from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommand
from schemas.reasons import Reason
from schemas.record import Instant
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from schemas.wire import read

log = logging.getLogger(__name__)


class Arrange(Protocol):
    def __call__(self, snapshot: Snapshot, opened: Callable[[str, str], str | None], /) -> World: ...


class Book:
    """The arranged settings of the newest snapshot, with addresses opened; each is opened once."""

    def __init__(self, snapshot: Callable[[], Snapshot], arrange: Arrange, master_key: bytes) -> None:
        self.snapshot = snapshot
        self.arrange = arrange
        self.master_key = master_key
        self.opened: dict[tuple[str, str], str | None] = {}
        self.seen: Snapshot | None = None
        self.arranged = World(directory=arranged(Snapshot(), lambda _, __: None).directory)
        self.lock = threading.Lock()

    def world(self) -> World:
        with self.lock:
            snapshot = self.snapshot()
            if snapshot is not self.seen:
                self.arranged = self.arrange(snapshot, self.open)
                self.seen = snapshot
            return self.arranged

    def open(self, place: str, sealed: str) -> str | None:
        """A sealed text, or None when our key does not open it at `place` (a setting id, a message)."""
        known = (place, sealed)
        if known not in self.opened:
            try:
                self.opened[known] = unseal(self.master_key, place, sealed)
            except SecretError as error:
                log.warning("a sealed text does not open", extra={"fields": {"place": place, "why": str(error)}})
                self.opened[known] = None
        return self.opened[known]


class Desk:
    """The consumer's effect: decide, store, say what must be said, wake the sender."""

    def __init__(
        self,
        ledger: Ledger,
        world: Callable[[], World],
        *,
        say: Callable[[Iterable[EpisodeCommand]], None],
        wake: Callable[[], None],
        hook: Hook,
    ) -> None:
        self.ledger = ledger
        self.world = world
        self.say = say
        self.wake = wake
        self.hook = hook

    def act(self, batch: Sequence[tuple[Message, AlertStep]]) -> None:
        started = time.perf_counter()
        world = self.world()
        self.hook("polled")

        def judged(step: AlertStep, memory: Memory, at: Instant) -> Decision:
            begun = time.perf_counter()
            decision = decide(step, world, memory, at)
            histogram("gregor_notifier_decision_seconds").observe(time.perf_counter() - begun)
            return decision

        recorded = self.ledger.record([step for _, step in batch], world, judged)
        self.wake()
        self.say(command for one in recorded for command in commands(one.step, one.considered, one.at))
        self.hook("commands sent")
        histogram("gregor_notifier_ledger_seconds").observe(time.perf_counter() - started)


def understood(message: Message) -> Verdict[AlertStep]:
    """Steps; answers to commands and records of newer kinds stand on the same topic and are passed over."""
    match read(message.value):
        case AlertStep() as step:
            return Kept(step)
        case Rejected() as rejected:
            return rejected
        case _:
            return Dropped(Reason.ITEM_UNKNOWN)
