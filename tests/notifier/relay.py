"""A mail relay that behaves as it is told: it takes, refuses, stalls or hangs up, and keeps what it took."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Script = Callable[[str, int], str]  # (recipient, how often it was tried before) -> what to do


class Relay:
    """`script` answers `ok`, an SMTP line for RCPT, `data <line>`, `stall`, `abort` or `abort after`."""

    def __init__(self) -> None:
        self.script: Script = lambda recipient, tries: "ok"
        self.taken: list[tuple[str, EmailMessage, bytes]] = []
        self.tries: dict[str, int] = {}
        self.sessions: list[Session] = []
        self.released = threading.Event()
        self.changed = threading.Condition()
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if session not in self.sessions:
            self.sessions.append(session)
        todo = self.script(address, self.tries.get(address, 0))
        self.tries[address] = self.tries.get(address, 0) + 1
        if todo[:1].isdigit():
            return todo
        envelope.rcpt_tos.append(address)
        session.todo = todo  # type: ignore[attr-defined]
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        todo: str = session.todo  # type: ignore[attr-defined]
        if todo.startswith("data "):
            return todo.removeprefix("data ")
        if todo == "stall":
            await server.loop.run_in_executor(None, self.released.wait, 30)
        if todo != "abort":
            self._take(envelope)
        if todo.startswith("abort"):
            server.transport.abort()  # type: ignore[union-attr]
        return "250 taken"

    @property
    def connections(self) -> int:
        return len(self.sessions)

    def _take(self, envelope: Envelope) -> None:
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        found = message_from_bytes(raw, policy=default)
        assert isinstance(found, EmailMessage)
        with self.changed:
            self.taken += [(recipient, found, raw) for recipient in envelope.rcpt_tos]
            self.changed.notify_all()

    def wait_for(self, count: int, timeout_s: float = 10.0) -> None:
        """Until `count` mails were taken, by being told so."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.taken) >= count, timeout_s), f"{len(self.taken)} of {count}"


@contextmanager
def relay() -> Iterator[Relay]:
    found = Relay()
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    try:
        yield found
    finally:
        found.released.set()
        controller.stop()
