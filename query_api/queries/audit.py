"""Audit rows: written last in a transaction, because the chain's lock is held until its commit."""

from typing import Any, Final

import msgspec

from query_api.calls import Call
from query_api.queries.store import Database

INSERT: Final = """
insert into audit (at, actor, verb, entity, before, after, request_id)
values (%s, %s, %s, %s, %s::jsonb, %s::jsonb, %s)"""


async def record(db: Database, call: Call, *, entity: str, before: Any = None, after: Any = None) -> None:
    """Who did which operation to what. Secrets must not be in `before` and `after`."""
    await db.run(
        INSERT,
        (call.at, call.caller.actor, call.operation.id, entity, text(before), text(after), call.request_id),
    )


def text(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
