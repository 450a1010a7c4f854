import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from notifier.addresses import Outside
from notifier.ledger.queue import Queue
from notifier.postgres import conninfo
from notifier.run import beating
from notifier.send.guard import Web
from tests.notifier.providers import Providers, providers

Store = psycopg.Connection[tuple[Any, ...]]
ROW = """insert into deliveries (delivery_id, project_id, kind, recipient, channel, destination_id, address_hint,
    severity, urgency, state, reason, template, decided_at, next_attempt_at)
    values ('d1', 1, 'open', 'person:ann', 'email', 'x', '', %s, 0, %s, '', '', now_ms() - 31000, now_ms() - 31000)"""


@pytest.fixture
def net() -> Iterator[Providers]:
    with providers() as found:
        yield found


@pytest.mark.parametrize(
    ("severity", "state", "beats"),
    [
        pytest.param(3, "retry", 0, id="a critical row waits: silence"),
        pytest.param(2, "retry", 1, id="a high one may"),
        pytest.param(3, "accepted", 1, id="what is out does not wait"),
    ],
)
def test_the_heart_beats_while_no_critical_alert_waits(
    dsn: str, store: Store, net: Providers, severity: int, state: str, beats: int
) -> None:
    store.execute(ROW, [severity, state])

    async def whole() -> None:
        queue = Queue(conninfo(dsn, ""), "t")
        errand = beating(queue, Web(Outside()), f"http://127.0.0.1:{net.port}/beat")
        await errand.act()
        await errand.close()
        await queue.close()

    asyncio.run(whole())
    assert len(net.named("/beat")) == beats
