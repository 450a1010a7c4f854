"""Channels that are one HTTP request: webhook, PagerDuty, SMS; and the dashboard, which is none."""

import logging
from collections.abc import Callable

import msgspec

from notifier.channels.wire import Answer, Request, Sending
from notifier.plan import Content, Post, Rendered
from notifier.rows import Claimed
from notifier.send.courier import Enter
from notifier.send.guard import Web
from notifier.verdicts import Accepted, Verdict

log = logging.getLogger(__name__)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as its pure functions. `find` and `found`: look for what may be out before sending it again."""

    post: Callable[[Content, str, str], Post]
    request: Callable[[Post, str, Sending], Request | Verdict]
    read: Callable[[Answer], Verdict]
    doubles: bool = False  # the provider does not know our ids
    find: Callable[[str, Sending], Request] | None = None
    found: Callable[[Answer, str], str] | None = None


class HttpCourier:
    def __init__(self, web: Web, form: Form, public_url: str, room: int = 16) -> None:
        self.web = web
        self.form = form
        self.public_url = public_url
        self.room = room

    def render(self, content: Content, row: Claimed) -> Post:
        return self.form.post(content, row.delivery_id, self.public_url)

    async def send(self, rendered: Rendered, address: str, row: Claimed, *, deadline_s: float, enter: Enter) -> Verdict:
        assert isinstance(rendered, Post)
        sending = Sending(delivery_id=row.delivery_id, at=row.at, thread=row.thread or "")
        if row.lost and (there := await self._there(address, sending, deadline_s)):
            return Accepted(provider_id=there, detail="found at the provider")
        request = self.form.request(rendered, address, sending)
        if not isinstance(request, Request):
            return request
        if self.form.doubles:
            await enter()
        answer = await self.web.ask(request, deadline_s)
        return self.form.read(answer) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        await self.web.close()

    async def _there(self, address: str, sending: Sending, deadline_s: float) -> str:
        """The provider's name for a message that an attempt without an answer left there; empty: none."""
        if self.form.find is None or self.form.found is None:
            return ""
        answer = await self.web.ask(self.form.find(address, sending), deadline_s / 3)
        return self.form.found(answer, sending.delivery_id) if isinstance(answer, Answer) else ""


class Board:
    """The dashboard: the row itself is the message, pushed live when it is settled."""

    room = 64

    def render(self, content: Content, row: Claimed) -> Post:
        return Post(body="")

    async def send(self, rendered: Rendered, address: str, row: Claimed, *, deadline_s: float, enter: Enter) -> Verdict:
        return Accepted()

    async def close(self) -> None:
        """Holds nothing."""
