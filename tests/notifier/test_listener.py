import asyncio
import base64
import hashlib
import hmac
from typing import Any

import aiohttp
import psycopg
import pytest

from notifier.ledger.queue import Queue
from notifier.listener import Listener
from notifier.postgres import conninfo
from notifier.receipts import Receipt, twilio, twilio_signed
from schemas.kinds import DeliveryState

Store = psycopg.Connection[tuple[Any, ...]]
CALLBACK, TOKEN = "https://gregor.example.org:8091", "12345"


def test_the_signature_is_that_of_twilio_s_documentation() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signed(url, form, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", TOKEN)
    assert not twilio_signed(url, form | {"Digits": "9"}, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", TOKEN)
    assert not twilio_signed(url, form, "é\ud800", TOKEN)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param({"MessageStatus": "sent"}, Receipt(DeliveryState.ACCEPTED, 3), id="sent"),
        pytest.param({"MessageStatus": "delivered"}, Receipt(DeliveryState.DELIVERED, 4), id="delivered"),
        pytest.param(
            {"MessageStatus": "undelivered", "ErrorCode": "30005"},
            Receipt(DeliveryState.FAILED, 4, "undelivered 30005"),
            id="undelivered, with its code",
        ),
        pytest.param({"MessageStatus": "new word"}, None, id="a word we do not know"),
        pytest.param({}, None, id="none"),
    ],
)
def test_twilio(form: dict[str, str], expected: Receipt | None) -> None:
    assert twilio(form) == expected


def a_row(store: Store, state: str) -> None:
    store.execute(
        "insert into deliveries (delivery_id, project_id, kind, recipient, channel, destination_id, address_hint,"
        " severity, urgency, state, reason, template, decided_at)"
        " values ('d1', 1, 'open', 'person:ann', 'sms', 'method:x', '', 2, 0, %s, '', '', 0)",
        [state],
    )


def report(dsn: str, *statuses: str, token: str = TOKEN) -> list[int]:
    async def whole() -> list[int]:
        listener = Listener(Queue(conninfo(dsn, ""), "t"), 0, callback=CALLBACK, twilio_token=TOKEN)
        port = await listener.start()
        async with aiohttp.ClientSession() as session:
            codes = [await _post(session, port, status, token) for status in statuses]
        await listener.stop()
        return codes

    return asyncio.run(whole())


async def _post(session: aiohttp.ClientSession, port: int, status: str, token: str) -> int:
    form = {"MessageStatus": status, "MessageSid": "SM1"}
    said = f"{CALLBACK}/receipts/sms/d1" + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), said.encode(), hashlib.sha1)).decode()
    url, headers = f"http://127.0.0.1:{port}/receipts/sms/d1", {"X-Twilio-Signature": signature}
    async with session.post(url, data=form, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("before", "statuses", "after"),
    [
        pytest.param("accepted", ["sent", "delivered"], "delivered", id="in order"),
        pytest.param("accepted", ["delivered", "sent"], "delivered", id="out of order: forward only"),
        pytest.param("sending", ["delivered"], "delivered", id="before our own answer"),
        pytest.param("accepted", ["undelivered", "sent"], "failed", id="undelivered"),
        pytest.param("cancelled", ["delivered"], "cancelled", id="what was never sent stays so"),
    ],
)
def test_receipts_move_a_row_forward_only(dsn: str, store: Store, before: str, statuses: list[str], after: str) -> None:
    a_row(store, before)
    assert set(report(dsn, *statuses)) == {204}
    assert store.execute("select state from deliveries").fetchone() == (after,)


def test_a_receipt_with_a_wrong_signature_is_refused(dsn: str, store: Store) -> None:
    a_row(store, "accepted")
    assert report(dsn, "delivered", token="other") == [401]
    assert store.execute("select state from deliveries").fetchone() == ("accepted",)
