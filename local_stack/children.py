"""The programs of a stack while they run: started, watched, started again when they die, stopped."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from local_stack.process import Child, Program, Ready, spawn
from local_stack.restart import pause_s, recent

LAST_BYTES: Final = 4000
DEATHS_AT_START: Final = 3
WRONG_USAGE: Final = 2  # exit code: another try cannot help
Tell = Callable[[str], None]


class StartFailed(Exception):
    """A program did not become ready; the text names it and quotes the end of its log."""


class Interrupted(Exception):
    """Somebody asked to stop while the start was under way."""


class Slot(msgspec.Struct):
    """What is known of one program."""

    program: Program
    child: Child | None = None
    deaths: tuple[float, ...] = ()  # monotonic seconds
    restarts: int = 0
    last_exit: int | None = None
    due: float = 0.0  # when to start it again
    held: bool = False  # killed on purpose: stays down until `restart`
    busy: bool = False  # being stopped by us: the watcher looks away


class Children:
    """Thread-safe: the watcher and whoever kills or restarts may be different threads."""

    def __init__(self, logs: Path, run: Path, tell: Tell) -> None:
        self.logs, self.run, self.tell = logs, run, tell
        self.slots: dict[str, Slot] = {}
        self.lock = threading.RLock()
        self.closing = threading.Event()

    def start(self, program: Program) -> None:
        with self.lock:
            slot = self.slots.setdefault(program.name, Slot(program))
            slot.program, slot.held = program, False
            slot.child = spawn(program, self.logs, self.run)

    def wait_ready(self, name: str, timeout_s: float = 120.0) -> float:
        """Ask until the program serves; return the seconds that took. It may die and come again meanwhile."""
        return self.wait_for(name, lambda: self._missing(name), timeout_s)

    def wait_for(self, what: str, missing: Ready, timeout_s: float = 120.0) -> float:
        """Ask until nothing is missing."""
        began, said = time.monotonic(), "not asked"
        while time.monotonic() - began < timeout_s:
            if self.closing.is_set():
                raise Interrupted
            answer = missing()
            if answer is None:
                return time.monotonic() - began
            said = answer
            self.closing.wait(0.05)
        raise StartFailed(f"{what} is not ready after {timeout_s:.0f} s: {said}{self.last_words(what)}")

    def _missing(self, name: str) -> str | None:
        """The answer counts only if it is our process that gave it: it must live before and after."""
        self._raise_if_hopeless(name)
        before = self._living(name)
        if before is None:
            return "it does not run"
        missing = self.slots[name].program.ready()
        return missing or (None if self._living(name) == before else "it died")

    def _living(self, name: str) -> int | None:
        with self.lock:
            child = self.slots[name].child
            return child.pid if child is not None and child.exit_code() is None else None

    def _raise_if_hopeless(self, name: str) -> None:
        """Wrong usage, or three deaths in a row: waiting on would only hide the reason."""
        with self.lock:
            slot = self.slots[name]
            code, died = slot.last_exit, len(slot.deaths)
        if slot.child is None and died and (code == WRONG_USAGE or died >= DEATHS_AT_START):
            raise StartFailed(f"{name} ended with code {code} while starting{self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """The end of its log, for people; empty if it has none."""
        path = self.logs / f"{name}.log"
        text = path.read_bytes()[-LAST_BYTES:].decode(errors="replace") if path.exists() else ""
        lines = [f"  {line[:400]}" for line in text.splitlines()[-12:]]
        return "\n".join(["", f"the end of {path}:", *lines]) if lines else ""

    def tend(self) -> bool:
        """One look at every program: note deaths, start again what is due. True if something changed."""
        changed = False
        with self.lock:
            for slot in self.slots.values():
                changed |= not slot.busy and (self._reap(slot) or self._revive(slot))
        return changed

    def _reap(self, slot: Slot) -> bool:
        if slot.child is None or slot.child.exit_code() is None:
            return False
        now = time.monotonic()
        slot.child.pid_file.unlink(missing_ok=True)
        slot.last_exit, slot.child = slot.child.exit_code(), None
        slot.deaths = (*recent(slot.deaths, now), now)
        pause = pause_s(slot.deaths, now)
        slot.due = now + pause
        again = "it is kept down" if slot.held else f"starting it again in {pause:g} s"
        self.tell(f"{slot.program.name} ended with code {slot.last_exit}; {again}")
        return True

    def _revive(self, slot: Slot) -> bool:
        if slot.child is not None or slot.held or self.closing.is_set() or time.monotonic() < slot.due:
            return False
        try:
            slot.child = spawn(slot.program, self.logs, self.run)
        except OSError as error:
            slot.deaths = (*slot.deaths, time.monotonic())
            slot.due = time.monotonic() + pause_s(slot.deaths, time.monotonic())
            self.tell(f"{slot.program.name} cannot be started: {error.strerror}")
            return True
        slot.restarts += 1
        return True

    def kill(self, name: str, number: int, hold: bool) -> None:
        with self.lock:
            slot = self.slots[name]
            slot.held = hold
            child = slot.child
        if child is not None:
            child.signal(number)

    def restart(self, name: str) -> None:
        """Stop it if it runs, start it at once."""
        with self.lock:
            slot = self.slots[name]
            slot.busy = True
            child = slot.child
        if child is not None:
            child.stop()
        with self.lock:
            slot.busy, slot.held, slot.due, slot.child = False, False, 0.0, spawn(slot.program, self.logs, self.run)
            slot.restarts += 1

    def stop(self, names: Iterable[str]) -> None:
        """All at once; returns when each has ended."""
        with self.lock:
            slots = [self.slots[name] for name in names if name in self.slots]
            for slot in slots:
                slot.held = slot.busy = True
        children = [slot.child for slot in slots if slot.child is not None]
        with ThreadPoolExecutor(max(1, len(children))) as pool:
            list(pool.map(Child.stop, children))
        with self.lock:
            for slot in slots:
                slot.busy = False
                if slot.child is not None:
                    slot.last_exit, slot.child = slot.child.exit_code(), None
