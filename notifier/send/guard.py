"""The one way out by HTTP. What users gave as an address is checked, and the checked address is connected to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from notifier.addresses import Outside, refused, wrong_url
from notifier.channels.wire import Answer, Request
from notifier.verdicts import Fault, GiveUp, TryAgain, Unclear, Verdict

CONNECT_S: Final = 5.0
BODY_BYTES: Final = 65_536


class Refused(OSError):
    """A name that leads where no user-given address may lead."""


class Guarded(AbstractResolver):
    """Refuses a name if any of its addresses is on the list; the rest of aiohttp connects to what we return."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = [(entry[0], str(entry[4][0])) for entry in found]
        if not self.outside.private and any(refused(address) for _, address in addresses):
            raise Refused(f"{host} leads into a private network")
        return [_result(host, port, kind, address) for kind, address in addresses]

    async def close(self) -> None:
        """Holds nothing."""


def _result(host: str, port: int, kind: int, address: str) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": host, "host": address, "port": port, "family": kind, "proto": 0, "flags": flags}


class Web:
    """Live connections to providers and, apart from these, guarded ones to users' endpoints."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.sessions: dict[bool, aiohttp.ClientSession] = {}

    async def ask(self, request: Request, deadline_s: float) -> Answer | Verdict:
        """The provider's answer, or what its absence means."""
        if request.guarded and (wrong := wrong_url(request.url, self.outside)):
            return GiveUp(Fault.REFUSED, "", f"this address is not called: {wrong}")
        try:
            return await self._ask(request, deadline_s)
        except aiohttp.InvalidURL:
            return GiveUp(Fault.REFUSED, "", "this address is not called: not a URL")
        except Refused as error:
            return GiveUp(Fault.REFUSED, "", str(error))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            if isinstance(error.__cause__, Refused) or isinstance(getattr(error, "os_error", None), Refused):
                return GiveUp(Fault.REFUSED, "", "its name leads into a private network")
            return TryAgain(Fault.DOWN, "", type(error).__name__)
        except TimeoutError:
            return Unclear("", "no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            return Unclear("", type(error).__name__)

    async def close(self) -> None:
        for session in self.sessions.values():
            await session.close()

    async def _ask(self, request: Request, deadline_s: float) -> Answer:
        timeout = aiohttp.ClientTimeout(total=deadline_s, connect=CONNECT_S)
        async with self._session(request.guarded).request(
            request.method,
            request.url,
            data=request.body or None,
            headers=dict(request.headers),
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            body = await _read(response.content.iter_chunked(8192))
            retry_after_s = _seconds(response.headers.get("Retry-After", ""))
            return Answer(status=response.status, body=body, retry_after_s=retry_after_s)

    def _session(self, guarded: bool) -> aiohttp.ClientSession:
        if guarded not in self.sessions:
            resolver = Guarded(self.outside) if guarded else None
            connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=not guarded, limit=64, limit_per_host=4)
            self.sessions[guarded] = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self.sessions[guarded]


async def _read(chunks: AsyncIterator[bytes]) -> bytes:
    """At most 64 KiB; the rest is never fetched."""
    found = b""
    async for chunk in chunks:
        found += chunk
        if len(found) >= BODY_BYTES:
            break
    return found[:BODY_BYTES]


def _seconds(text: str) -> float:
    """Retry-After in seconds; its form as a date is not used by the providers we call."""
    return float(text) if text.isdigit() else 0.0
