"""Mail to the relay: a few live connections, one mail at a time on each, and how far each attempt came."""

import asyncio
import contextlib
import logging
from email.errors import HeaderParseError
from email.utils import parseaddr
from typing import Final

import aiosmtplib
import msgspec
from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from notifier.channels.mail import Letterhead, as_bytes, bare, mail
from notifier.classify import Stage, smtp
from notifier.plan import Content, Mail, Rendered
from notifier.rows import Claimed
from notifier.send.courier import Enter
from notifier.verdicts import Fault, GiveUp, TryAgain, Unclear, Verdict

log = logging.getLogger(__name__)
CONNECT_S: Final = 5.0
IDLE_S: Final = 30.0  # a connection that was idle longer is opened anew: relays close idle ones


class Relay(msgspec.Struct, frozen=True, kw_only=True):
    """Where mails go. `tls`: none, starttls or tls."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "none"
    connections: int = 4


class Mailer:
    """Keeps connections between mails; each carries one mail at a time."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.idle: list[tuple[SMTP, float]] = []

    async def send(self, talk: "Talk", deadline_s: float) -> Verdict:
        """One mail to one recipient. An idle connection that turns out to be dead is replaced, once."""
        try:
            async with asyncio.timeout(deadline_s):
                kept = self._kept()
                verdict = await self._over(talk, kept) if kept else None
                if verdict is None:
                    verdict = await self._anew(talk)
        except TimeoutError:
            return _broken(talk.stage, "no answer in time", Fault.TIMEOUT)
        return verdict

    async def close(self) -> None:
        for client, _ in self.idle:
            with contextlib.suppress(SMTPException, OSError):
                await client.quit()
        self.idle.clear()

    def _kept(self) -> SMTP | None:
        now = asyncio.get_running_loop().time()
        while self.idle:
            client, since = self.idle.pop()
            if client.is_connected and now - since < IDLE_S:
                return client
            client.close()
        return None

    async def _over(self, talk: "Talk", client: SMTP) -> Verdict | None:
        """None: the connection was dead before the relay heard of this mail."""
        try:
            verdict = await talk.deliver(client)
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            client.close()
            return None if talk.stage is Stage.SENDER else _broken(talk.stage, type(error).__name__)
        except BaseException:
            client.close()
            raise
        if client.is_connected:
            self.idle.append((client, asyncio.get_running_loop().time()))
        return verdict

    async def _anew(self, talk: "Talk") -> Verdict:
        try:
            client = await self._connect()
        except SMTPResponseException as error:
            return smtp(Stage.CONNECT, error.code, error.message)
        except (SMTPException, OSError) as error:
            return TryAgain(Fault.DOWN, "", f"{Stage.CONNECT}: {type(error).__name__}")
        verdict = await self._over(talk, client)
        return verdict or TryAgain(Fault.DOWN, "", f"{Stage.SENDER}: disconnected")

    async def _connect(self) -> SMTP:
        relay = self.relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user or None,
            password=relay.password or None,
            use_tls=relay.tls == "tls",
            start_tls=relay.tls == "starttls",
            timeout=CONNECT_S,
        )
        await client.connect()
        return client


class MailCourier:
    """The channel `email`: rendered by templates, or bare when these fail; sent by the relay."""

    def __init__(self, mailer: Mailer, head: Letterhead) -> None:
        self.mailer = mailer
        self.head = head
        self.room = mailer.relay.connections

    def render(self, content: Content, row: Claimed) -> Mail:
        try:
            return mail(content, row.delivery_id, row.at, self.head)
        except Exception:
            log.exception("a template failed", extra={"fields": {"delivery": row.delivery_id}})
            return bare(content, row.delivery_id, row.at, self.head)

    async def send(self, rendered: Rendered, address: str, row: Claimed, *, deadline_s: float, enter: Enter) -> Verdict:
        assert isinstance(rendered, Mail)
        sender = parseaddr(self.head.sender)[1]
        try:
            content = as_bytes(rendered, self.head.sender, address)
        except (ValueError, HeaderParseError) as error:
            return GiveUp(Fault.GONE, "", f"not an address: {type(error).__name__}")
        talk = Talk(sender, address, content, enter)
        return await self.mailer.send(talk, deadline_s)

    async def close(self) -> None:
        await self.mailer.close()


class Talk:
    """One mail, and how far the conversation about it came."""

    def __init__(self, sender: str, recipient: str, content: bytes, enter: Enter) -> None:
        self.sender = sender
        self.recipient = recipient
        self.content = content
        self.enter = enter
        self.stage = Stage.CONNECT

    async def deliver(self, client: SMTP) -> Verdict:
        try:
            self.stage = Stage.SENDER
            await client.mail(self.sender, encoding="utf-8", timeout=None)
            self.stage = Stage.RECIPIENT
            await client.rcpt(self.recipient, encoding="utf-8", timeout=None)
            await self.enter()
            self.stage = Stage.CONTENT
            answer = await client.data(self.content, timeout=None)
        except SMTPResponseException as error:
            await _reset(client)
            return smtp(self.stage, error.code, error.message)
        return smtp(self.stage, answer.code, answer.message)


async def _reset(client: SMTP) -> None:
    """After a refusal the connection may carry the next mail; one that does not answer is closed."""
    try:
        await client.rset(timeout=CONNECT_S)
    except (SMTPException, OSError):
        client.close()


def _broken(stage: Stage, what: str, fault: Fault = Fault.DOWN) -> Verdict:
    """Before the content the relay cannot have taken it; after that nobody knows."""
    if stage is Stage.CONTENT:
        return Unclear("", f"{stage}: {what}")
    return TryAgain(fault, "", f"{stage}: {what}")
