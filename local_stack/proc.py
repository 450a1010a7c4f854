"""What the operating system knows of processes: birth, memory, children. Linux by /proc, else by `ps`."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
PROC_THERE: Final = (PROC / "self").exists()


def birth(pid: int) -> str | None:
    """A text that differs for two processes that had the same id; None if none has it (or a zombie)."""
    if not PROC_THERE:
        return _ps(pid, "lstart")
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else fields[19]


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on: the second may hold blanks and brackets."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _ps(pid: int, field: str) -> str | None:
    command = ["ps", "-o", f"{field}=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def gone(pid: int, born: str, timeout_s: float) -> bool:
    """Wait until the process has ended; for those that are not our children."""
    until = time.monotonic() + timeout_s
    while birth(pid) == born:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return _ps(pid, "command") or ""


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents = dict(_parents())
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _parents() -> Iterator[tuple[int, int]]:
    if PROC_THERE:
        for entry in PROC.iterdir():
            fields = _stat(int(entry.name)) if entry.name.isdigit() else None
            if fields is not None:
                yield int(entry.name), int(fields[1])
        return
    command = ["ps", "-axo", "pid=,ppid="]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        pid, parent = line.split()
        yield int(pid), int(parent)


def memory_bytes(pid: int, *, alone: bool = False) -> int:
    """Of the process and its descendants; shared pages counted once where the system can tell (PSS)."""
    return sum(_memory_bytes(one) for one in ([pid] if alone else family(pid)))


def _memory_bytes(pid: int) -> int:
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        found = [line for line in _lines(PROC / str(pid) / name) if line.startswith(key)]
        if found:
            return int(found[0].split()[1]) * 1024
    return 0 if PROC_THERE else int(_ps(pid, "rss") or 0) * 1024


def _lines(path: Path) -> list[str]:
    """Nothing when the process is gone or another's."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def cpu_s(pid: int, ticks_per_s: int = 100) -> float:
    """Processor seconds used by the process and its descendants that live."""
    stats = [_stat(one) for one in family(pid)]
    return sum((int(fields[11]) + int(fields[12])) / ticks_per_s for fields in stats if fields is not None)
