"""The sending loop: claim what is due, check, render, send, settle. Rows are the queue; nothing is kept in memory."""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

import msgspec
import psycopg

from notifier.gather import filled
from notifier.ledger.queue import Queue
from notifier.message import is_late
from notifier.plan import Content, Draft, Gathering, Letter, Notice, Rendered
from notifier.requests import opened
from notifier.rows import Claimed, changed, unpacked
from notifier.send.after import Aftermath
from notifier.send.courier import Courier, Gate
from notifier.send.lanes import Lanes, host_of
from notifier.send.templates import Templates
from notifier.settle import Attempted, Settled, after_crash, no_longer_due, settle
from notifier.verdicts import Fault, GiveUp, Unclear, Verdict
from runtime.clock import now_ms
from runtime.declared import counter, gauge, histogram
from schemas.delivery import DeliveryChanged
from schemas.kinds import AlertState, Channel, DeliveryState, StepKind

log = logging.getLogger(__name__)
T = TypeVar("T")
SWEEP_S: Final = 0.25
DEADLINE_S: Final = 15.0  # half the lease: a send never outlives it
EXPIRED_EVERY_S: Final = 2.0
LEAVE_S: Final = 20.0
STORE_WAIT_S: Final = 0.5
Opens = Callable[[str, str], str | None]  # (place, sealed text) -> text


class Sender:
    """Runs in one event loop. `wake` may be called from any thread."""

    def __init__(
        self,
        queue: Queue,
        couriers: Mapping[Channel, Courier],
        after: Aftermath,
        templates: Templates,
        *,
        opens: Opens,
        publish: Callable[[DeliveryChanged], None],
        hook: Callable[[str], None],
    ) -> None:
        self.queue = queue
        self.couriers = couriers
        self.after = after
        self.templates = templates
        self.opens = opens
        self.publish = publish
        self.hook = hook
        self.lanes = Lanes()
        self.tasks: dict[str, tuple[Claimed, asyncio.Task[None]]] = {}
        self.awake = asyncio.Event()
        self.gate = asyncio.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.looked_for_expired = 0.0

    def wake(self) -> None:
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: the next process sweeps
                self.loop.call_soon_threadsafe(self.awake.set)

    async def run(self, stop: threading.Event) -> None:
        self.loop = asyncio.get_running_loop()
        while not stop.is_set():
            self.awake.clear()
            try:
                await self.sweep()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("the ledger is away", extra={"fields": {"error": type(error).__name__}})
                await asyncio.sleep(STORE_WAIT_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.awake.wait(), SWEEP_S)
        await self._leave()

    async def _leave(self) -> None:
        """Finish what is in hand, claim nothing more."""
        pending = [task for _, task in self.tasks.values()]
        if pending:
            await asyncio.wait(pending, timeout=LEAVE_S)
        for courier in self.couriers.values():
            await courier.close()
        await self.templates.worker.close()
        await self.queue.close()

    async def sweep(self) -> None:
        """Start what is due and fits; recover what a crash left behind."""
        gauge("gregor_notifier_sweep_at").set(time.time())
        held, at = [row for row, _ in self.tasks.values()], now_ms()
        room = {channel: courier.room for channel, courier in self.couriers.items()}
        free = self.lanes.free(room, [row.channel for row in held], at)
        busy = sorted({row.destination_id for row in held})  # they get more when this is done
        if free:
            for row in await self.queue.claim(free, busy, self.lanes.ill(self.after.world().addresses, at)):
                self.hook("claimed")
                self.tasks[row.delivery_id] = (row, asyncio.create_task(self._guarded(row)))
        if time.monotonic() - self.looked_for_expired >= EXPIRED_EVERY_S:
            for row in await self.queue.expired(list(self.tasks)):
                await self._settled(row, after_crash(_attempted(row), Unclear("", "the sender vanished"), _roll()))
            self.looked_for_expired = time.monotonic()

    async def _guarded(self, row: Claimed) -> None:
        """A bug here leaves the row leased: it comes back when the lease ends, as after a crash."""
        try:
            await self._deliver(row)
        except Exception:
            log.exception("a delivery failed", extra={"fields": {"delivery": row.delivery_id}})
        finally:
            self.tasks.pop(row.delivery_id, None)
            self.awake.set()

    async def _deliver(self, row: Claimed) -> None:
        letter = await self._gathered(row, unpacked(row.content))
        state = AlertState(row.episode_state) if row.episode_state else None
        why_not = no_longer_due(letter.draft, state, row.at)
        if why_not:
            await self._settled(row, Settled(state=DeliveryState.CANCELLED, reason=why_not, verdict="cancelled"))
            return
        address = self._address(row, letter.draft)
        if address is None:
            await self._settled(row, settle(_attempted(row), GiveUp(Fault.REFUSED, "", "there is no address"), 0.0))
            return
        rendered = await self._rendered(row, letter)
        gate = Gate(self.gate)
        try:
            after = settle(_attempted(row), await self._sent(row, rendered, address, gate), _roll())
            at = await self._settled(row, after)
        finally:
            gate.leave()
        _measure(row, letter.draft, after, at)
        await self._stored(lambda: self.after.care(row, letter.draft, after, address))

    def _address(self, row: Claimed, content: Content) -> str | None:
        if isinstance(content, Notice) and content.sealed_address:
            return self.opens(content.place, content.sealed_address)
        return self.after.world().addresses.get(row.destination_id)

    async def _gathered(self, row: Claimed, letter: Letter) -> Letter:
        """A message about several alerts looks at them at its first attempt."""
        gathering = letter.draft
        if not isinstance(gathering, Gathering) or letter.rendered is not None:
            return letter
        children = await self._stored(lambda: self.queue.children(row.delivery_id, gathering.kind == "catch_up"))
        return msgspec.structs.replace(letter, draft=filled(gathering, children))

    async def _sent(self, row: Claimed, rendered: Rendered, address: str, gate: Gate) -> Verdict:
        started, courier = time.perf_counter(), self.couriers[row.channel]
        verdict = await courier.send(rendered, address, row, deadline_s=DEADLINE_S, enter=gate.enter)
        histogram("gregor_delivery_provider_seconds", channel=row.channel).observe(time.perf_counter() - started)
        self.hook("sent")
        host = host_of(row.channel, address)
        turned = self.lanes.heard(host, verdict, now_ms())
        if turned is not None:
            log.warning("a breaker turned", extra={"fields": {"host": host, "open_until": turned.open_until}})
            await self._stored(lambda: self.queue.show_breaker(host, row.channel, turned.open_until))
        return verdict

    async def _rendered(self, row: Claimed, letter: Letter) -> Rendered:
        """What was sent before, byte for byte; made anew only to say that it is late, if it cannot be out yet.

        A notice with a secret is never kept: it is rendered at each attempt, from the same parts.
        """
        content, late = letter.draft, is_late(letter.draft, row.at)
        if isinstance(content, Notice) and content.sealed:
            fixed = msgspec.structs.replace(row, at=content.decided_at)
            return self.couriers[row.channel].render(
                opened(content, self.opens(content.place, content.sealed) or ""), fixed
            )
        if letter.rendered is not None and (row.lost or letter.late or not late):
            return letter.rendered
        usual = self.couriers[row.channel].render(content, row)
        rendered, template = await self.templates.apply(row, content, usual, self.after.world())
        kept = msgspec.structs.replace(letter, rendered=rendered, late=late)
        await self._stored(lambda: self.queue.keep(row, kept, template))
        self.hook("rendered")
        return rendered

    async def _settled(self, row: Claimed, after: Settled) -> int | None:
        at = await self._stored(lambda: self.queue.settle(row, after))
        self.hook("settled")
        counter("gregor_deliveries_total", channel=row.channel, state=after.state).inc()
        if at is not None:
            self.publish(changed(row, after, at))
            self.hook("published")
        return at

    async def _stored(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Until the ledger has it: what a provider answered must not be forgotten because the store is away."""
        while True:
            try:
                return await ask()
            except (psycopg.OperationalError, psycopg.InterfaceError):
                await asyncio.sleep(STORE_WAIT_S)


def _attempted(row: Claimed) -> Attempted:
    age_s = max(0, row.at - row.decided_at) / 1000
    return Attempted(channel=row.channel, severity=row.severity, failures=max(1, row.attempt), age_s=age_s)


def _measure(row: Claimed, content: Content, after: Settled, at: int | None) -> None:
    if not isinstance(content, Draft):
        return
    received = content.step.stamps.received_at
    first = content.step.kind is StepKind.OPEN and row.attempt == 1 and not content.delay_s
    if at and received and first and after.state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED):
        histogram("gregor_delivery_latency_seconds", channel=row.channel).observe((at - received) / 1000)


def _roll() -> float:
    return random.random()  # noqa: S311 - spreads retries, guards nothing
