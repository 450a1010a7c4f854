"""CPU seconds and memory of every process of a stack, children included."""

from collections.abc import Mapping

import msgspec
import psutil

from local_stack.stack import Stack

MIB = 1_048_576


class Usage(msgspec.Struct, frozen=True):
    """`memory_mib` is the proportional share (PSS): pages that processes share count once."""

    cpu_s: float
    memory_mib: float


def usage(stack: Stack) -> dict[str, Usage]:
    """By program name; a program that is down is left out."""
    pids = {name: stack.pid(name) for name in stack.children.slots}
    return {name: _family(pid) for name, pid in pids.items() if pid is not None}


def spent(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, float]:
    """CPU seconds between two readings."""
    return {name: round(after[name].cpu_s - before[name].cpu_s, 3) for name in after if name in before}


def memory(found: Mapping[str, Usage]) -> dict[str, float]:
    by_name = {name: round(usage.memory_mib, 1) for name, usage in found.items()}
    return by_name | {"total": round(sum(by_name.values()), 1)}


def _family(pid: int) -> Usage:
    top = psutil.Process(pid)
    found = [_one(process) for process in (top, *top.children(recursive=True))]
    return Usage(sum(one.cpu_s for one in found), sum(one.memory_mib for one in found))


def _one(process: psutil.Process) -> Usage:
    try:
        times = process.cpu_times()
        return Usage(times.user + times.system, process.memory_full_info().pss / MIB)
    except psutil.NoSuchProcess:
        return Usage(0.0, 0.0)
