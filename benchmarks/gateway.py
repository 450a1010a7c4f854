"""The door alone against a bare uvicorn app: requests per CPU second, acknowledgement times, memory, scrubbing.

python -m benchmarks.gateway            # prints JSON and writes benchmarks/results/gateway.json
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import psutil
import uvloop

from benchmarks.gateway_bodies import bodies, request
from benchmarks.gateway_parts import parts
from benchmarks.gateway_servers import Servers
from benchmarks.pipeline import machine

RESULTS: Final = Path(__file__).parent / "results" / "gateway.json"
CONNECTIONS: Final = 32
REQUESTS: Final = int(os.environ.get("BENCH_REQUESTS", "6000"))
WARM_UP: Final = 500
HALF_LOAD_S: Final = 8.0


class Client(asyncio.Protocol):
    """One keep-alive connection that sends the same request again as soon as it is answered."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport  # uvloop's is no asyncio.Transport
        self.next()

    def next(self) -> None:
        if self.load.left > 0:
            self.load.left -= 1
            self.sent_at = time.perf_counter()
            self.transport.write(self.load.request)
        else:
            self.transport.close()

    def data_received(self, answer: bytes) -> None:
        self.answer += answer
        if not self.answer.endswith(b"}"):  # every answer here is a JSON object; uvicorn sends head and body apart
            return
        answer, self.answer = self.answer, b""
        self.load.answered(answer.startswith(b"HTTP/1.1 200"), time.perf_counter() - self.sent_at)
        if self.load.pause_s:
            asyncio.get_running_loop().call_later(self.load.pause_s, self.next)
        else:
            self.next()

    def connection_lost(self, error: Exception | None) -> None:
        self.load.closed()


class Load:
    def __init__(self, request: bytes, count: int, connections: int = CONNECTIONS, pause_s: float = 0.0) -> None:
        self.request, self.left, self.connections, self.pause_s = request, count, connections, pause_s
        self.good = self.bad = 0
        self.took_s: list[float] = []
        self.open = connections

    async def run(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self.done = loop.create_future()
        for _ in range(self.connections):
            await loop.create_connection(lambda: Client(self), "127.0.0.1", port)
        await self.done

    def answered(self, good: bool, took_s: float) -> None:
        self.good += good
        self.bad += not good
        self.took_s.append(took_s)

    def closed(self) -> None:
        self.open -= 1
        if not self.open:
            self.done.set_result(None)

    def milliseconds(self, share: int) -> float:
        return round(1000 * sorted(self.took_s)[len(self.took_s) * share // 100], 2)


def cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def rate(port: int, process: psutil.Process, wire: bytes) -> dict[str, float]:
    """Requests per second of CPU time of the server: what one core could do, whatever else the machine does."""
    uvloop.run(Load(wire, WARM_UP).run(port))
    load, before, began = Load(wire, REQUESTS), cpu_s(process), time.perf_counter()
    uvloop.run(load.run(port))
    used, took = cpu_s(process) - before, time.perf_counter() - began
    assert not load.bad, f"{load.bad} refused"
    return {
        "requests_per_cpu_s": round(load.good / used),
        "cpu_us_per_request": round(1e6 * used / load.good, 1),
        "requests_per_s": round(load.good / took),
    }


def half_load(port: int, wire: bytes, per_s: float) -> dict[str, float]:
    """Time to the acknowledged answer at half of what the door can take."""
    pause = CONNECTIONS / per_s
    load = Load(wire, int(per_s * HALF_LOAD_S), pause_s=pause)
    uvloop.run(load.run(port))
    assert not load.bad
    return {"per_s": round(per_s), **{f"p{share}_ms": load.milliseconds(share) for share in (50, 95, 99)}}


def measure() -> dict[str, Any]:
    found: dict[str, Any] = {"machine": machine() | {"command": "python -m benchmarks.gateway"}, "parts": parts()}
    with Servers() as servers:
        for name, (body, headers) in bodies().items():
            wire = request(body, servers.key, headers)
            bare = rate(servers.bare_port, servers.bare, wire)
            door = rate(servers.door_port, servers.door, wire)
            share = round(door["requests_per_cpu_s"] / bare["requests_per_cpu_s"], 3)
            found[name] = {"body_bytes": len(body), "bare": bare, "door": door, "share_of_bare": share}
        clean = found["clean, plain"]["door"]["requests_per_s"]
        found["half load"] = half_load(
            servers.door_port, request(bodies()["clean, plain"][0], servers.key, {}), clean / 2
        )
        found["memory_mib"] = round(servers.door.memory_info().rss / 2**20, 1)
    return found


def main() -> None:
    found = measure()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
