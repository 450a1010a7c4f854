"""A notifier without Kafka: steps are handed to its desk, its sender runs in a thread; or as a process that may die."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg

from notifier.app import dying_at
from notifier.channels.mail import Letterhead
from notifier.intake import Desk
from notifier.ledger.decisions import Ledger
from notifier.ledger.queue import Queue
from notifier.ledger.rechecks import Rechecks
from notifier.plan import World
from notifier.postgres import conninfo
from notifier.run import falling_back, fetching, rechecking, together
from notifier.send.after import Aftermath
from notifier.send.courier import Courier
from notifier.send.mail import MailCourier, Mailer
from notifier.send.mail import Relay as Settings
from notifier.send.sender import Sender
from notifier.send.templates import Templates, Worker
from runtime.source import Message
from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommand
from schemas.delivery import DeliveryChanged
from schemas.kinds import Channel
from schemas.wire import encode, read
from tests.notifier.town import a_world

HEAD = Letterhead("Gregor <gregor@example.org>", "http://127.0.0.1:8090")
UNFINISHED = "select count(*) from deliveries where state in ('sending', 'retry', 'pending') and channel = 'email'"


class Voice:
    def __init__(
        self,
        dsn: str,
        smtp_port: int,
        hook: Callable[[str], None],
        world: World,
        more: Mapping[Channel, Courier] | None = None,
    ) -> None:
        address = conninfo(dsn, "")
        self.said: list[EpisodeCommand] = []
        self.changes: list[DeliveryChanged] = []
        self.changed = threading.Condition()
        self.stop = threading.Event()
        self.world = world
        queue, side = Queue(address, "test"), Queue(address, "test")
        mail = MailCourier(Mailer(Settings(host="127.0.0.1", port=smtp_port)), HEAD)
        couriers = {Channel.EMAIL: mail, **(more or {})}
        after = Aftermath(queue, lambda: self.world, self._say)
        templates = Templates(Worker(), queue, HEAD.public_url)
        self.sender = Sender(queue, couriers, after, templates, opens=_open, publish=self._publish, hook=hook)
        self.ledger = Ledger(address, hook)
        self.desk = Desk(self.ledger, lambda: self.world, say=self._say, wake=self.sender.wake, hook=hook)
        errands = (
            rechecking(Rechecks(address), lambda: self.world, self._say),
            falling_back(side),
            fetching(side, lambda: self.world, self.sender.wake),
        )
        self.thread = threading.Thread(target=lambda: asyncio.run(together(self.sender, errands, self.stop)))

    def take(self, *steps: AlertStep) -> None:
        self.desk.act([(a_message(), step) for step in steps])

    def wait_for(self, count: int, timeout_s: float = 10.0) -> None:
        """Until `count` changes of deliveries were published."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.changes) >= count, timeout_s), self.changes

    def close(self) -> None:
        self.stop.set()
        self.sender.wake()
        if self.thread.is_alive():
            self.thread.join()
        self.ledger.close()

    def wait_until_said(self, count: int, timeout_s: float = 10.0) -> None:
        """Until `count` commands were said to the escalation stage."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.said) >= count, timeout_s), self.said

    def _say(self, given: Iterable[EpisodeCommand]) -> None:
        with self.changed:
            self.said += list(given)
            self.changed.notify_all()

    def _publish(self, change: DeliveryChanged) -> None:
        with self.changed:
            self.changes.append(change)
            self.changed.notify_all()


def _open(place: str, sealed: str) -> str | None:
    """Nothing is sealed in this town."""
    return sealed


def a_message() -> Message:
    return Message(topic="alerts", partition=0, offset=0, epoch=1, key=b"", value=b"", at=0)


@contextmanager
def voice(
    dsn: str,
    smtp_port: int,
    world: World | None = None,
    *,
    sends: bool = True,
    more: Mapping[Channel, Courier] | None = None,
) -> Iterator[Voice]:
    found = Voice(dsn, smtp_port, lambda point: None, world or a_world(), more)
    if sends:
        found.thread.start()
    try:
        yield found
    finally:
        found.close()


def live_once(dsn: str, smtp_port: int, crash_at: str, lines: Sequence[bytes], file: str) -> None:
    """A process: take the steps, send all that can be sent, end; or die at the given point, as by SIGKILL."""
    # the phone of this town has no provider: without it nothing waits for ever
    world = msgspec.structs.replace(a_world(**{"method__ann-phone": None}), alone_per_minute=1_000_000)
    found = Voice(dsn, smtp_port, dying_at(crash_at), world)
    steps = [step for line in lines if isinstance(step := read(line), AlertStep)]
    found.take(*steps)
    with Path(file).open("ab") as commands:
        commands.writelines(encode(command) + b"\n" for command in found.said)
    found.desk.hook("offset committed")
    found.thread.start()
    with psycopg.connect(conninfo(dsn, ""), autocommit=True) as look:
        while look.execute(UNFINISHED).fetchone() != (0,):
            with found.changed:
                found.changed.wait(0.05)
    found.close()
