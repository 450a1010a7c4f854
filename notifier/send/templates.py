"""Users' templates, rendered in a process of their own; a failure leaves the built-in text, never no message."""

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from typing import Final

import msgspec

from notifier.custom import Done, Job, chosen, failure, job, with_text
from notifier.ledger.queue import Queue
from notifier.plan import Content, Draft, Rendered, World
from notifier.rows import Claimed

log = logging.getLogger(__name__)
TIME_S: Final = 0.25
START_S: Final = 10.0
LINE_BYTES: Final = 1_048_576


class Worker:
    """One process, one job at a time, started when first needed and again after each death."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.lock = asyncio.Lock()

    async def render(self, given: Job) -> Done:
        async with self.lock:
            try:
                process = await asyncio.wait_for(self._ready(), START_S)
                return await asyncio.wait_for(_asked(process, given), TIME_S)
            except TimeoutError:
                await self.close()
                return Done(error=f"it takes longer than {TIME_S * 1000:.0f} ms")
            except (OSError, msgspec.MsgspecError, ValueError):
                await self.close()
                return Done(error="it takes too much memory")

    async def close(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
            self.process = None

    async def _ready(self) -> Process:
        """Warm: the first answer would count the start of Python as its own time."""
        if self.process is None:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "notifier.worker", stdin=PIPE, stdout=PIPE, limit=LINE_BYTES
            )
            await _asked(self.process, Job("", {}))
        return self.process


async def _asked(process: Process, given: Job) -> Done:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(given) + b"\n")
    await process.stdin.drain()
    return msgspec.json.decode(await process.stdout.readline(), type=Done)


class Templates:
    def __init__(self, worker: Worker, queue: Queue, public_url: str) -> None:
        self.worker = worker
        self.queue = queue
        self.public_url = public_url

    async def apply(self, row: Claimed, content: Content, usual: Rendered, world: World) -> tuple[Rendered, str]:
        """The message, and the name of what made it."""
        built_in = f"builtin:{row.channel}:{row.kind}"
        person = world.directory.people.get(row.recipient.removeprefix("person:"))
        found = (
            chosen(world, row.channel, content, person.locale if person else "en")
            if isinstance(content, Draft)
            else None
        )
        if found is None or not isinstance(content, Draft):
            return usual, built_in
        key, template = found
        done = await self.worker.render(job(template, content, row.at, self.public_url))
        if not done.error:
            return with_text(usual, done.text), f"template:{key}"
        log.warning("a user's template failed", extra={"fields": {"template": key, "error": done.error}})
        await self.queue.plan(failure(key, template, done.error, world=world, at=row.at), row.at)
        return usual, f"{built_in} template_failed"
