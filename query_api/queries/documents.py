"""Full events in MongoDB. Its absence costs the event, never the issue."""

from typing import Any, Final

from pymongo import AsyncMongoClient

TIMEOUT_MS: Final = 3_000


class Documents:
    """Reads by `_id` only: no text of a user ever becomes a filter."""

    def __init__(self, uri: str, database: str) -> None:
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            uri, serverSelectionTimeoutMS=TIMEOUT_MS, timeoutMS=TIMEOUT_MS, connect=False, appname="gregor-api"
        )
        self.events = self.client[database]["events"]
        self.stacks = self.client[database]["stacks"]

    async def event(self, project_id: int, event_id: str) -> bytes | None:
        """The JSON of the ErrorEvent; None when it is not (or no longer) kept."""
        found = await self.events.find_one({"_id": f"{project_id}:{event_id}"})
        if found is None:
            return None
        shared = self.stacks.find({"_id": {"$in": list(found.get("stacks", ()))}})
        stacks = {bytes(stack["_id"]): stack async for stack in shared}
        return joined(found, stacks)

    async def close(self) -> None:
        await self.client.close()


def joined(document: dict[str, Any], stacks: dict[bytes, dict[str, Any]]) -> bytes:
    raise NotImplementedError(document, stacks)
