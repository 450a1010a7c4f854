"""Programs under watch: real processes, small ones."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from local_stack import proc
from local_stack.children import Children, StartFailed
from local_stack.process import Program, end_left_over, left_over, read_pid, spawn, write_pid
from local_stack.watch import shorten, snapshot

WAITS = "import signal; signal.pause()"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


def ready_when_logged(log: Path, word: str):
    return lambda: None if log.exists() and word in log.read_text() else f"no {word} yet"


def a_program(folder: Path, name: str, code: str, **over) -> Program:
    fields = {
        "name": name,
        "kind": "service",
        "command": (sys.executable, "-c", code),
        "environ": dict(os.environ),
        "folder": folder,
        "ready": lambda: None,
        "grace_s": 0.2,
    }
    return Program(**fields | over)


@pytest.fixture
def told():
    return []


@pytest.fixture
def children(tmp_path, told):
    found = Children(tmp_path, tmp_path, told.append)
    yield found
    found.stop(list(found.slots))


def tend_until(children: Children, wanted) -> None:
    until = time.monotonic() + 10
    while not wanted():
        assert time.monotonic() < until
        children.tend()


def test_a_program_that_dies_comes_again(children, told, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", WAITS))
    first = children.slots["one"].child.pid
    children.kill("one", signal.SIGKILL, hold=False)
    tend_until(children, lambda: children.slots["one"].restarts == 1)
    assert children.slots["one"].child.pid != first
    assert told == ["one ended with code -9; starting it again in 0.1 s"]


def test_a_program_without_room_for_its_pid_file_is_not_left_running(children, told, tmp_path) -> None:
    before = set(proc.family(os.getpid()))
    children.start(a_program(tmp_path, "one", WAITS))
    children.run = tmp_path / "nosuch"
    children.kill("one", signal.SIGKILL, hold=False)
    tend_until(children, lambda: len(told) == 2)
    assert told[1] == "one cannot be started: No such file or directory"
    assert children.slots["one"].child is None
    assert set(proc.family(os.getpid())) <= before
    children.run = tmp_path
    tend_until(children, lambda: children.slots["one"].restarts == 1)


def test_a_program_that_is_held_stays_down_until_it_is_restarted(children, told, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", WAITS))
    children.kill("one", signal.SIGKILL, hold=True)
    tend_until(children, lambda: children.slots["one"].child is None)
    children.slots["one"].due = 0.0
    assert not children.tend()
    assert told == ["one ended with code -9; it is kept down"]
    children.restart("one")
    assert children.slots["one"].child.exit_code() is None


def test_a_program_that_cannot_start_fails_with_the_end_of_its_log(children, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", "print('no such table'); raise SystemExit(1)"))
    children.slots["one"].deaths = (time.monotonic(), time.monotonic())
    tend_until(children, lambda: children.slots["one"].child is None)
    with pytest.raises(StartFailed, match=r"(?s)one ended with code 1 while starting.*no such table"):
        children.wait_ready("one")


def test_wrong_usage_is_not_tried_again(children, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", "raise SystemExit(2)"))
    tend_until(children, lambda: children.slots["one"].child is None)
    with pytest.raises(StartFailed, match="one ended with code 2"):
        children.wait_ready("one")


def test_what_is_not_ready_in_time_says_what_it_waited_for(children, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", WAITS, ready=lambda: "no controller yet"))
    with pytest.raises(StartFailed, match="one is not ready after 0 s: no controller yet"):
        children.wait_ready("one", 0.1)


def test_a_stranger_who_answers_does_not_make_a_dead_program_ready(children, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", "pass", ready=lambda: None))
    children.slots["one"].child.process.wait()
    with pytest.raises(StartFailed, match="it does not run"):
        children.wait_ready("one", 0.1)


def test_a_program_that_dies_while_it_is_asked_is_not_ready(children, tmp_path) -> None:
    """Whoever answered then was somebody else."""

    def answered_by_another() -> None:
        children.slots["one"].child.kill()

    children.start(a_program(tmp_path, "one", WAITS, ready=answered_by_another))
    with pytest.raises(StartFailed, match=r"it died|it does not run"):
        children.wait_ready("one", 0.1)


def test_a_stubborn_program_is_killed_after_its_grace(children, tmp_path) -> None:
    log = tmp_path / "one.log"
    children.start(a_program(tmp_path, "one", STUBBORN, ready=ready_when_logged(log, "ready")))
    children.wait_ready("one")
    pid = children.slots["one"].child.pid
    children.stop(["one"])
    assert proc.birth(pid) is None


def test_the_status_tells_what_happened(children, tmp_path) -> None:
    children.start(a_program(tmp_path, "one", "raise SystemExit(3)", ports=(7,)))
    tend_until(children, lambda: children.slots["one"].child is None)
    (seen,) = snapshot(children)
    assert (seen.name, seen.pid, seen.ports, seen.last_exit, seen.held) == ("one", 0, (7,), 3, False)


def test_a_pid_file_is_believed_only_for_the_same_birth(tmp_path) -> None:
    child = spawn(a_program(tmp_path, "one", WAITS), tmp_path, tmp_path)
    born = read_pid(child.pid_file)
    assert born is not None
    assert born.pid == child.pid
    child.pid_file.write_text(child.pid_file.read_text().replace(born.birth, "1"))
    assert read_pid(child.pid_file) is None
    child.kill()


@pytest.mark.parametrize("content", ["", "17", '{"pid": 1}', "\0\0"], ids=["empty", "a number", "half", "zeros"])
def test_a_broken_pid_file_means_nobody(content: str, tmp_path) -> None:
    (tmp_path / "one.pid").write_text(content)
    assert read_pid(tmp_path / "one.pid") is None


def test_what_an_earlier_run_left_is_found_and_ended(tmp_path) -> None:
    child = spawn(a_program(tmp_path, "gateway", WAITS), tmp_path, tmp_path)
    write_pid(tmp_path / "supervisor.pid", "supervisor", os.getpid())
    assert [born.pid for born in left_over(tmp_path)] == [child.pid]
    assert end_left_over(tmp_path) == ["gateway"]
    assert child.process.wait() == -signal.SIGTERM
    assert [path.name for path in tmp_path.glob("*.pid")] == ["supervisor.pid"]


def test_a_long_log_is_emptied_and_one_copy_kept(tmp_path) -> None:
    log = tmp_path / "one.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 100)
        writer.flush()
        shorten(log, 50)
        writer.write(b"y")
    assert log.read_bytes() == b"y"
    assert (tmp_path / "one.log.1").read_bytes() == b"x" * 100


def test_a_short_log_is_left_alone(tmp_path) -> None:
    (tmp_path / "one.log").write_bytes(b"x" * 50)
    shorten(tmp_path / "one.log", 50)
    assert not (tmp_path / "one.log.1").exists()


def test_memory_counts_descendants(tmp_path) -> None:
    code = f"import subprocess, sys; print('ready', flush=True); subprocess.run([sys.executable, '-c', {WAITS!r}])"
    child = spawn(a_program(tmp_path, "one", code), tmp_path, tmp_path)
    until = time.monotonic() + 10
    while len(proc.family(child.pid)) < 2:
        assert time.monotonic() < until
    assert proc.memory_bytes(child.pid) > proc.memory_bytes(child.pid, alone=True) > 0
    child.kill()


def test_a_program_is_told_how_it_ended(children, tmp_path) -> None:
    codes: list[int] = []
    children.start(a_program(tmp_path, "one", WAITS, ended=codes.append, grace_s=30.0))
    children.stop(["one"])
    assert codes == [-signal.SIGTERM]
