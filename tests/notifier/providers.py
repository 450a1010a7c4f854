"""Providers of our own at the network's edge: Slack, Twilio, PagerDuty, users' webhooks. They keep ledgers."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from aiohttp import web

from notifier.addresses import Outside
from notifier.channels import pagerduty, sms
from notifier.send.courier import Courier
from notifier.send.couriers import WEBHOOK, sms_form
from notifier.send.guard import Web
from notifier.send.http import Form, HttpCourier
from notifier.send.slack import SlackCourier
from schemas.kinds import Channel

Answer = tuple[int, dict[str, Any], dict[str, str]]
Script = Callable[[str, dict[str, Any]], Answer | str | None]


class Providers:
    """`script(path, body)` answers (status, body, headers), `hang up` (after taking it) or `stall`; None: it takes."""

    def __init__(self) -> None:
        self.script: Script = lambda path, body: None
        self.taken: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.changed = threading.Condition()
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.runner: web.AppRunner | None = None

    def named(self, path: str) -> list[dict[str, Any]]:
        """What was sent to a path, oldest first."""
        return [body for name, body, _ in self.taken if name == path]

    def start(self) -> None:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(10)

    def stop(self) -> None:
        assert self.runner is not None
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def couriers(self) -> dict[Channel, Courier]:
        """The real edges, led here."""
        here = f"http://127.0.0.1:{self.port}"
        outside = Outside(ports=frozenset({self.port}), plain_http=True, private=True)
        account = sms.Account(sid="AC1", token="token", sender="+1555", url=here)
        duty = Form(
            post=pagerduty.post, request=partial(pagerduty.request, url=f"{here}/pagerduty"), read=pagerduty.read
        )
        return {
            Channel.SLACK: SlackCourier(Web(outside), "xoxb-1", "http://gregor", f"{here}/slack/"),
            Channel.WEBHOOK: HttpCourier(Web(outside), WEBHOOK, "http://gregor"),
            Channel.PAGERDUTY: HttpCourier(Web(outside), duty, "http://gregor"),
            Channel.SMS: HttpCourier(Web(outside), sms_form(account), "http://gregor"),
        }

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = f"/{request.match_info['path']}"
        json = "json" in request.content_type
        body = await request.json() if json else dict(await request.post()) | dict(request.query)
        todo = self.script(path, body)
        if todo == "stall":
            await asyncio.sleep(60)
        if todo is None or todo == "hang up":
            self._take(path, body, request)
        if todo == "hang up":
            assert request.transport is not None
            request.transport.abort()
        if isinstance(todo, tuple):
            return web.json_response(todo[1], status=todo[0], headers=todo[2])
        return web.json_response(self._usual(path, request.method, body))

    def _take(self, path: str, body: dict[str, Any], request: web.Request) -> None:
        with self.changed:
            self.taken.append((path, body, {name.lower(): value for name, value in request.headers.items()}))
            self.changed.notify_all()

    def _usual(self, path: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
        number = len(self.taken)
        if path.startswith("/slack/conversations"):
            posted = self.named("/slack/chat.postMessage")
            return {"ok": True, "messages": [{"ts": "77.7", "metadata": one.get("metadata", {})} for one in posted]}
        if path.startswith("/slack"):
            return {"ok": True, "ts": f"{number}.0", "channel": "C1"}
        if method == "GET":
            listed = [{"sid": "SM7", "body": one["Body"]} for name, one, _ in self.taken if "Body" in one and name]
            return {"messages": listed}
        return {"sid": f"SM{number}", "status": "queued", "dedup_key": body.get("dedup_key", "")}


@contextmanager
def providers() -> Iterator[Providers]:
    found = Providers()
    found.start()
    try:
        yield found
    finally:
        found.stop()
