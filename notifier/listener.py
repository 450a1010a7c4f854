"""The port that providers report to. What people do (buttons, replies, links) enters by the API instead."""

import logging

from aiohttp import web

from notifier.ledger.queue import Queue
from notifier.receipts import twilio, twilio_signed

log = logging.getLogger(__name__)
MOST_BYTES = 65_536


class Listener:
    """`callback`: the address under which providers know this port."""

    def __init__(self, queue: Queue, port: int, *, callback: str, twilio_token: str, host: str = "127.0.0.1") -> None:
        self.queue = queue
        self.place = (host, port)
        self.callback = callback.rstrip("/")
        self.twilio_token = twilio_token
        self.runner: web.AppRunner | None = None

    async def start(self) -> int:
        """The port it listens on."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post("/receipts/sms/{delivery_id}", self._sms)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, *self.place).start()
        return int(self.runner.addresses[0][1])

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
        await self.queue.close()

    async def _sms(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        signature = request.headers.get("X-Twilio-Signature", "")
        if not self.twilio_token or not twilio_signed(
            f"{self.callback}{request.path_qs}", form, signature, self.twilio_token
        ):
            return web.Response(status=401)
        receipt = twilio(form)
        if receipt is not None:
            await self.queue.receive(request.match_info["delivery_id"], form.get("MessageSid", ""), receipt)
        return web.Response(status=204)
