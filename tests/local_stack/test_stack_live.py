"""The local stack with its real servers: start, stop, kill, and all that may stand in the way."""

import json
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psycopg
import pymongo
import pytest
from confluent_kafka.admin import AdminClient

from local_stack import lock, mailbox, proc
from local_stack.children import StartFailed
from local_stack.config import PORTS
from local_stack.process import left_over, read_pid
from local_stack.scratch import scratch
from local_stack.stack import Stack

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]


def environment(config) -> dict[str, str]:
    plain = {name: text for name, text in os.environ.items() if not name.startswith("GREGOR_")}
    ports = {f"GREGOR_{name.upper()}": str(getattr(config, name)) for name in PORTS}
    other = {"GREGOR_KAFKA_BROKERS": config.kafka_brokers, "GREGOR_MONGO_URI": config.mongo_uri}
    return plain | ports | {"GREGOR_STATE": config.state} | {name: text for name, text in other.items() if text}


def gregor(config, *words: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *words]
    environ = environ or environment(config)
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def wait_until(what: str, ask, timeout_s: float = 30.0):
    until = time.monotonic() + timeout_s
    while not (found := ask()):
        assert time.monotonic() < until, what
        time.sleep(0.02)
    return found


@pytest.fixture
def config():
    with scratch() as made:
        yield made
        gregor(made, "down")


@pytest.fixture(scope="module")
def servers():
    with scratch() as made, Stack(made, only=()) as stack:
        yield stack


@pytest.fixture
def less(config, servers):
    """A configuration with two servers of its own, the quick ones."""
    where = servers.addresses
    return msgspec.structs.replace(config, kafka_brokers=where.kafka_brokers, mongo_uri=where.mongo_uri)


def nobody_is_left(run: Path, pids: list[int]) -> bool:
    return not left_over(run) and not [pid for pid in pids if proc.birth(pid)] and not lock.held(run)


# --- the servers


def test_kafka_makes_no_topic_by_itself(servers) -> None:
    admin = AdminClient({"bootstrap.servers": servers.addresses.kafka_brokers})
    assert admin.list_topics("nosuch", 10).topics["nosuch"].error is not None


def test_postgresql_runs_as_an_unprivileged_user_and_asks_for_a_password(servers) -> None:
    status = Path(f"/proc/{servers.pid('postgres')}/status").read_text()
    assert "Uid:\t0\t" not in status
    with psycopg.connect(servers.addresses.postgres_admin) as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)
        assert connection.execute("show lc_ctype").fetchone() != ("C",)
    wrong = servers.addresses.postgres_admin.replace(servers.keys.password("postgres"), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_mongodb_wire_server_keeps_what_it_acknowledged_over_a_kill(servers) -> None:
    with pymongo.MongoClient(servers.addresses.mongo_uri) as client:
        client.probe.things.insert_many([{"_id": number} for number in range(200)])
    servers.kill("mongo")
    servers.wait_ready("mongo")
    with pymongo.MongoClient(servers.addresses.mongo_uri) as client:
        assert client.probe.things.count_documents({}) == 200


def test_a_caught_mail_is_a_file_with_its_hidden_recipients(servers) -> None:
    with smtplib.SMTP("127.0.0.1", servers.config.smtp_port) as client:
        client.sendmail(
            "a@x.example", ["b@x.example", "c@x.example"], "Subject: Ä\r\nTo: b@x.example\r\n\r\nGrüße".encode()
        )
    (mail,) = mailbox.mails(servers.mail)
    assert (mail.sender, mail.to, mail.number) == ("a@x.example", "b@x.example, c@x.example", 1)


@pytest.mark.parametrize("name", ["kafka", "postgres", "smtp"])
def test_a_killed_server_comes_again(servers, name: str) -> None:
    before = servers.pid(name)
    servers.kill(name)
    wait_until(f"{name} has another process", lambda: servers.pid(name) not in {None, before})
    servers.wait_ready(name)


def test_a_server_that_is_held_stays_down(servers) -> None:
    servers.kill("smtp", hold=True)
    wait_until("smtp is down", lambda: servers.pid("smtp") is None)
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", servers.config.smtp_port)
    servers.restart("smtp")
    servers.wait_ready("smtp")


# --- one command, one supervisor


def test_up_status_second_up_down(config) -> None:
    up = gregor(config, "up", "--servers-only")
    assert (up.returncode, up.stderr) == (0, "")
    run = Path(config.state) / "run"
    told = json.loads(gregor(config, "status", "--json").stdout)
    assert told["ready"]
    assert sorted(one["name"] for one in told["programs"]) == ["kafka", "mongo", "postgres", "smtp"]
    assert all(one["memory_bytes"] > 1 << 20 for one in told["programs"])
    second = gregor(config, "up", "--servers-only")
    assert second.returncode == 0
    assert f"It runs already, supervised by process {told['supervisor_pid']}" in second.stdout
    pids = [one["pid"] for one in told["programs"]] + [told["supervisor_pid"]]
    down = gregor(config, "down", "--wipe")
    assert (down.returncode, down.stdout) == (0, f"stopped\n{config.state} is wiped\n")
    assert nobody_is_left(run, pids)
    assert not Path(config.state).exists()


def test_data_and_secrets_outlive_a_restart(less) -> None:
    for earlier in range(2):
        with Stack(less, only=()) as stack, psycopg.connect(stack.addresses.postgres_admin) as connection:
            connection.execute("create table if not exists kept (n int)")
            connection.execute("insert into kept values (1)")
            assert connection.execute("select count(*) from kept").fetchone() == (earlier + 1,)


def test_a_busy_port_is_named_with_its_setting_and_nothing_is_started(less) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", less.postgres_port))
        other.listen()
        up = gregor(less, "up", "--servers-only")
    assert up.returncode == 1
    said = f"port {less.postgres_port} of postgres is in use by another program; set GREGOR_POSTGRES_PORT to a free one"
    assert said in up.stderr
    assert nobody_is_left(Path(less.state) / "run", [])


def test_an_unknown_setting_stops_the_start(config) -> None:
    up = gregor(config, "up", environ=environment(config) | {"GREGOR_KAFKA_PROT": "1"})
    assert (up.returncode, "unknown GREGOR_KAFKA_PROT" in up.stderr) == (1, True)


def kill_supervisor(run: Path) -> None:
    holder = lock.supervisor(run)
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    wait_until("the supervisor is gone", lambda: not proc.birth(holder.pid))


def kill_guard(run: Path) -> None:
    guard = read_pid(run / "guard.pid")
    assert guard is not None
    os.kill(guard.pid, signal.SIGKILL)


def test_what_a_killed_supervisor_left_is_stopped_by_its_guard(less) -> None:
    gregor(less, "up", "--servers-only")
    run = Path(less.state) / "run"
    old = [born.pid for born in left_over(run)]
    assert len(old) == 2
    kill_supervisor(run)
    wait_until("nobody is left", lambda: nobody_is_left(run, old))


def test_what_a_killed_supervisor_without_guard_left_is_stopped_by_the_next_up(less) -> None:
    gregor(less, "up", "--servers-only")
    run = Path(less.state) / "run"
    old = [born.pid for born in left_over(run)]
    kill_guard(run)
    kill_supervisor(run)
    assert len(left_over(run)) == 2
    assert gregor(less, "status").returncode == 1
    up = gregor(less, "up", "--servers-only")
    assert up.returncode == 0, up.stderr
    assert "postgres of an earlier run was still there: stopped" in up.stdout
    assert not [pid for pid in old if proc.birth(pid)]


def test_down_also_stops_what_has_no_supervisor(less) -> None:
    gregor(less, "up", "--servers-only")
    run = Path(less.state) / "run"
    old = [born.pid for born in left_over(run)]
    kill_guard(run)
    kill_supervisor(run)
    assert gregor(less, "down").returncode == 0
    assert nobody_is_left(run, old)


def test_stale_pid_files_of_strangers_are_ignored(less) -> None:
    """Ids that belong to somebody else by now: he must not be stopped, and we must start."""
    run = Path(less.state) / "run"
    run.mkdir(parents=True)
    stranger = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    for name in ("supervisor", "smtp"):
        (run / f"{name}.pid").write_text(json.dumps({"name": name, "pid": stranger.pid, "birth": "1"}))
    try:
        with Stack(less, only=()):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_foreground_stack_ends_cleanly(less, number: signal.Signals) -> None:
    """Ctrl-C, kill, and the terminal closing."""
    command = [sys.executable, "-m", "cli.main", "up", "--foreground", "--servers-only"]
    run = Path(less.state) / "run"
    with subprocess.Popen(command, env=environment(less), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "PostgreSQL" not in process.stdout.readline():
            assert process.poll() is None
        pids = [born.pid for born in left_over(run)]
        process.send_signal(number)
        process.send_signal(number)  # an impatient second one changes nothing
        assert process.wait(60) == 0
    assert len(pids) == 2
    assert nobody_is_left(run, pids)


def test_an_interrupted_start_leaves_nothing(config) -> None:
    command = [sys.executable, "-m", "cli.main", "up", "--servers-only"]
    process = subprocess.Popen(
        command, env=environment(config), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    run = Path(config.state) / "run"
    born = wait_until("kafka is started", lambda: read_pid(run / "kafka.pid"))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"interrupted" in said
    assert nobody_is_left(run, [born.pid])


def test_a_second_stack_in_the_same_folder_is_refused(servers) -> None:
    with pytest.raises(lock.AlreadyRuns, match=f"supervised by process {os.getpid()}"):
        Stack(servers.config, only=()).start()
    assert servers.pid("kafka")


def test_other_servers_replace_own_ones(servers, config) -> None:
    """A stack without servers, on those of another."""
    where = servers.addresses
    up = gregor(
        config, "up", "--servers-only", "--kafka", where.kafka_brokers, "--postgres", where.postgres_admin,
        "--mongo", where.mongo_uri, "--smtp", f"127.0.0.1:{servers.config.smtp_port}",
    )  # fmt: skip
    assert up.returncode == 0, up.stderr
    assert f"kafka: {where.kafka_brokers} is used instead of an own one" in up.stdout
    assert servers.keys.password("postgres") not in up.stdout
    assert not left_over(Path(config.state) / "run")


def test_a_replaced_server_that_does_not_answer_is_named(config) -> None:
    up = gregor(config, "up", "--servers-only", "--kafka", f"127.0.0.1:{config.kafka_port}")
    assert up.returncode == 1
    assert f"Kafka at 127.0.0.1:{config.kafka_port} does not answer" in up.stderr


@pytest.fixture
def small_disk(config):
    """The state folder on a disk of its own; gives a function that leaves so many MiB free."""
    folder = Path(config.state)
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", folder]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no right to mount a small disk: {mounted.stderr.decode().strip()}")
    filling = folder / "filling"

    def leave(mib: int) -> None:
        filling.unlink(missing_ok=True)
        with filling.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - (mib << 20))

    yield leave
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_said_before_anything_starts(small_disk, less) -> None:
    small_disk(100)
    with pytest.raises(StartFailed, match=r"is full: \d+ MiB free, 512 MiB are needed"):
        Stack(less, only=()).start()
    assert not left_over(Path(less.state) / "run")


def test_a_disk_that_fills_up_is_survived(small_disk, less) -> None:
    told: list[str] = []
    with Stack(less, only=(), tell=told.append) as stack:
        small_disk(0)
        stack.kill("smtp")
        wait_until("the death is noted", lambda: [text for text in told if text.startswith("smtp ended")])
        small_disk(600)
        stack.wait_ready("smtp")
        assert stack.watch.thread is not None
        assert stack.watch.thread.is_alive()
