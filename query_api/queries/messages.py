"""Messages that people cause: rows which the notifier delivers through its ledger.

`address` and `body.secret` are sealed, bound to `message:<request_id>`: a dump holds no link and no code.
"""

from typing import Final

import msgspec

from query_api.calls import Call
from query_api.queries.store import Database
from runtime.secrets import seal

INSERT: Final = """
insert into message_requests
    (request_id, project_id, kind, recipient, channel, address, body, actor, created_at, expires_at)
values (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s) on conflict (request_id) do nothing"""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: invite, reset, verify, test. `secret`: the link or code it carries; `words`: shown around it."""

    request_id: str
    kind: str
    recipient: str
    channel: str
    address: str
    secret: str
    until: int
    words: dict[str, str] = {}


async def send(db: Database, call: Call, message: Message, master: bytes) -> None:
    place = f"message:{message.request_id}"
    body = {**message.words, "secret": seal(master, place, message.secret)}
    await db.run(
        INSERT,
        (
            *(message.request_id, None, message.kind, message.recipient, message.channel),
            *(seal(master, place, message.address), msgspec.json.encode(body).decode()),
            *(call.caller.actor, call.at, message.until),
        ),
    )
