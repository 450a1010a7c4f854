"""Full events in MongoDB. Its absence costs the event, never the issue."""

from typing import Any, Final

from bson import Binary
from pymongo import AsyncMongoClient

from domain.documents import Joined, document_id, join

TIMEOUT_MS: Final = 3_000


class Documents:
    """Reads by `_id` only: no text of a user ever becomes a filter."""

    def __init__(self, uri: str, database: str) -> None:
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            uri, serverSelectionTimeoutMS=TIMEOUT_MS, timeoutMS=TIMEOUT_MS, connect=False, appname="gregor-api"
        )
        self.events = self.client[database]["events"]
        self.stacks = self.client[database]["stacks"]

    async def event(self, project_id: int, event_id: str) -> Joined | None:
        """The event, put together again; None when it is not (or no longer) kept."""
        found = await self.events.find_one({"_id": document_id(project_id, event_id)})
        if found is None:
            return None
        wanted = tuple(bytes(stack) for stack in found.get("stacks", ()))
        shared = self.stacks.find({"_id": {"$in": [Binary(stack) for stack in wanted]}})
        there = {bytes(stack["_id"]): bytes(stack["body"]) async for stack in shared}
        return join(bytes(found["body"]), wanted, there)

    async def close(self) -> None:
        await self.client.close()
