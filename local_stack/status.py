"""How a stack is, asked from outside: who lives, who is ready, how much memory each takes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from local_stack import lock, plan, probe, proc, records
from local_stack.addresses import Addresses, addresses, replaced
from local_stack.config import StackConfig
from local_stack.keys import Keys
from local_stack.process import left_over
from local_stack.records import Seen, Started

EXTERNAL: Final = "external"


class One(msgspec.Struct, frozen=True, kw_only=True):
    """One program. `state`: ready, not ready, dead, stopped (on purpose), external."""

    name: str
    kind: str
    state: str
    why: str = ""
    pid: int = 0
    ports: tuple[int, ...] = ()
    restarts: int = 0
    last_exit: int | None = None
    memory_bytes: int = 0
    cpu_s: float = 0.0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    state_folder: str
    running: bool
    ready: bool
    supervisor_pid: int = 0
    left_over: tuple[str, ...] = ()  # programs without a supervisor
    memory_bytes: int = 0
    started: Started | None = None
    programs: tuple[One, ...] = ()


def status(config: StackConfig, state: Path) -> Status:
    """All readiness questions are asked at once."""
    run = state / "run"
    if not lock.held(run):
        left = tuple(born.name for born in left_over(run)) if run.is_dir() else ()
        return Status(state_folder=str(state), running=False, ready=False, left_over=left)
    seen = records.seen(run)
    asks = questions(config, Keys(state / "secrets"), seen)
    with ThreadPoolExecutor(16) as pool:
        programs = tuple(pool.map(lambda one: _one(one, asks[one.name]), seen))
    programs += tuple(
        One(name=name, kind="server", state=EXTERNAL, why=address) for name, address in replaced(config).items()
    )
    supervisor = lock.supervisor(run)
    started = records.started(run)
    own = proc.memory_bytes(supervisor.pid, alone=True) if supervisor else 0
    return Status(
        state_folder=str(state),
        running=True,
        ready=bool(programs) and all(one.state in {"ready", EXTERNAL} for one in programs),
        supervisor_pid=supervisor.pid if supervisor else 0,
        memory_bytes=own + sum(one.memory_bytes for one in programs),
        started=started,
        programs=programs,
    )


def questions(config: StackConfig, keys: Keys, seen: list[Seen]) -> dict[str, Callable[[], str | None]]:
    """Name -> the round trip that tells whether it serves."""
    where = addresses(config, keys)
    return {one.name: _question(one, where) for one in seen}


def _question(seen: Seen, where: Addresses) -> Callable[[], str | None]:
    if seen.name in plan.SERVERS:
        return plan.question(seen.name, where)
    return lambda: probe.http_ready(seen.ports[0])


def _one(seen: Seen, ask: Callable[[], str | None]) -> One:
    why = ask() if seen.pid else None
    return One(
        name=seen.name,
        kind=seen.kind,
        state=word(seen, why),
        why=why or "",
        pid=seen.pid,
        ports=seen.ports,
        restarts=seen.restarts,
        last_exit=seen.last_exit,
        memory_bytes=proc.memory_bytes(seen.pid) if seen.pid else 0,
        cpu_s=round(proc.cpu_s(seen.pid), 2) if seen.pid else 0.0,
    )


def word(seen: Seen, why: str | None) -> str:
    """The state in one word for people."""
    if not seen.pid:
        return "stopped" if seen.held else "dead"
    return "ready" if why is None else "not ready"
