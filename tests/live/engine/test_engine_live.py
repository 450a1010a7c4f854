"""The engine on a real broker: whatever dies, the tables and the outputs equal a single-threaded fold."""

import os
import random
import signal
import time
from typing import Final

import msgspec
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.dead_letter import from_headers
from tests.live.engine.standins import DIES, RAISES, Ping
from tests.live.engine.world import Worker, World, until, value_of
from topics import apply

KILLS: Final = int(os.environ.get("ENGINE_KILLS", "3"))
RATE: Final = int(os.environ.get("ENGINE_RATE", "500"))
TURNS: Final = int(os.environ.get("ENGINE_TURNS", "1"))
ZOMBIE_S: Final = float(os.environ.get("ENGINE_ZOMBIE_S", "13"))
SEED: Final = int(os.environ.get("ENGINE_SEED", "7"))
STAGES: Final = ("fingerprint", "recurrence", "escalation")
LOST: Final = "the engine passed over records"


def settled(world: World, timeout_s: float = 60) -> dict[str, object]:
    """What is wrong once the workers have caught up, started again where they died."""
    with world.kept():
        return world.wrong(timeout_s)


def chain(world: World) -> list[Worker]:
    workers = [world.worker([stage]).start() for stage in STAGES]
    return [worker.ready() for worker in workers]


def test_kills_at_random_lose_and_double_nothing(world: World) -> None:
    dice = random.Random(SEED)
    workers = chain(world)
    with world.kept(), world.loaded(RATE):
        for worker in dice.sample(workers * KILLS, 3 * KILLS):
            time.sleep(dice.uniform(0.3, 2.0))
            worker.kill()
        time.sleep(1)
    assert settled(world) == {}


def test_a_kill_between_two_steps_loses_and_doubles_nothing(world: World) -> None:
    worker = world.worker()
    with world.kept() as words, world.loaded(RATE):
        for point in (
            "deciding:200",
            "before_emit:20",
            "after_emit:20",
            "after_log:20",
            "after_store:20",
            "after_ack:20",
        ):
            worker.configure(stages_kill_at=point)
            deaths = len(words)
            worker.start() if not worker.wanted else worker.kill()
            until(f"it died at {point}", lambda deaths=deaths: len(words) >= deaths + 2, 40)
    worker.configure(stages_kill_at="")
    worker.kill()
    assert settled(world) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sabotage", "point"),
    [
        pytest.param("log_before_emit", "before_emit", id="remembered before it was told"),
        pytest.param("no_mark", "after_store", id="no mark is met again"),
    ],
)
def test_without_a_safeguard_the_kill_shows(world: World, sabotage: str, point: str) -> None:
    worker = world.worker(stages_kill_at=f"{point}:40", stages_sabotage=sabotage).start()
    with world.kept() as words, world.loaded(RATE):
        until("it died twice", lambda: len(words) >= 2, 40)
    worker.configure(stages_kill_at="")
    worker.kill()
    worker.start()
    assert settled(world, 15) != {}


def turns(world: World, second: Worker, count: int) -> None:
    """Joins, is killed, joins again, leaves."""
    for _ in range(count):
        second.start().ready(60)
        time.sleep(1)
        second.gone()
        time.sleep(0.5)
        second.start().ready(60)
        time.sleep(1)
        assert second.stop() == 0
        time.sleep(1)


def test_a_second_worker_may_come_die_and_leave(world: World) -> None:
    world.worker().start().ready()
    second = world.worker(slot="1")
    with world.kept() as words, world.loaded(RATE):
        turns(world, second, TURNS)
    assert settled(world) == {}
    assert LOST not in words


@pytest.mark.slow
def test_the_guard_stops_the_engine_as_it_is_published(world: World) -> None:
    """Without our patches it loses records when a second worker comes and goes: by luck, so it is tried often."""
    world.worker(stages_sabotage="engine_unpatched").start().ready(60)
    second = world.worker(slot="1", stages_sabotage="engine_unpatched")

    def noticed() -> bool:
        return any(worker.has_said(LOST) for worker in world.workers)

    with world.kept(), world.loaded(2000):
        for _ in range(12):
            second.start()
            until("it is up, or was stopped", lambda: noticed() or second.get("/health/ready")[0] == 200, 60)
            time.sleep(1)
            second.gone()
            if noticed():
                break
    assert noticed()


def test_partitions_move_to_an_empty_store(world: World) -> None:
    first = world.worker().start().ready()
    second = world.worker(slot="1")
    with world.loaded(RATE):
        time.sleep(3)
        first.gone()
        second.start()
        time.sleep(3)
    assert settled(world) == {}


def test_two_processes_never_share_a_slot(world: World) -> None:
    world.worker().start().ready()
    other = world.worker()
    assert other.start().running.wait(20) == 1
    assert any("another process works in" in line for line in other.log.read_text().splitlines())


def test_a_process_that_stood_still_does_no_harm(world: World) -> None:
    """Stopped beyond its session: the other one takes over, and it ends when it wakes, whatever notices first."""
    sleeper = world.worker().start().ready()
    world.worker(slot="1").start().ready()
    with world.loaded(RATE):
        time.sleep(1)
        sleeper.wanted = False
        sleeper.signal(signal.SIGSTOP)
        time.sleep(ZOMBIE_S)
        sleeper.signal(signal.SIGCONT)
        assert sleeper.running.wait(20) == 1
        sleeper.start().ready(60)
    assert settled(world) == {}


@pytest.mark.parametrize(
    ("how", "away_s"),
    [
        pytest.param("SIGKILL", 3, id="killed and back at once"),
        pytest.param("SIGTERM", 3, id="restarted", marks=pytest.mark.slow),
        pytest.param("SIGKILL", 60, id="away for longer than a barrier waits", marks=pytest.mark.slow),
    ],
)
def test_the_broker_may_go_away_and_come_back(world: World, how: str, away_s: float) -> None:
    world.worker().start().ready()
    with world.kept(), world.loaded(RATE):
        time.sleep(2)
        world.broker.stop() if how == "SIGTERM" else world.broker.kill()
        time.sleep(away_s)
        world.broker.start()
        time.sleep(2)
    assert settled(world, 90) == {}


def letters(world: World) -> list[tuple[str, str, int]]:
    """Who refused what why, each letter once: a batch read again writes it again, under the same id."""
    found = {}
    for message in world.read("dead-letters"):
        letter = from_headers(message.headers() or [])
        original = msgspec.json.decode(value_of(message) or b"", type=Ping)
        found[letter.dead_id] = (letter.consumer, letter.reason, original.id)
    return sorted(found.values())


def test_what_ails_one_record_costs_one_dead_letter(world: World) -> None:
    """A bug in the decision about it, or three deaths of the process that decides it."""
    world.worker().start().ready()
    world.send(100)
    world.send(1, ill=f"recurrence {RAISES}")
    world.send(100)
    world.send(1, ill=f"escalation {DIES}")
    world.send(100)
    assert settled(world) == {}
    assert letters(world) == [("escalation", "crashed", 201), ("recurrence", "internal", 100)]


def test_a_topic_made_anew_is_not_the_old_one(world: World) -> None:
    worker = world.worker().start().ready()
    world.send(300)
    assert settled(world) == {}
    assert worker.stop() == 0
    admin = AdminClient({"bootstrap.servers": world.broker.address})
    admin.delete_topics(["error-events"])["error-events"].result(20)
    until("it is gone", lambda: "error-events" not in admin.list_topics(timeout=10).topics)
    apply.apply(world.broker.address, "local")
    world.producer = world.new_producer()
    world.send(300)
    worker.start().ready()
    assert settled(world) == {}


def test_records_that_expired_unread_stop_the_stage_until_it_is_told(world: World) -> None:
    worker = world.worker(["fingerprint"]).start().ready()
    world.send(400)
    until("it caught up", lambda: len(world.read("issue-events")) == 400)
    time.sleep(1)
    assert worker.stop() == 0
    world.send(400)
    world.producer.flush(10)
    admin = AdminClient({"bootstrap.servers": world.broker.address})
    ends = [TopicPartition("error-events", number, -1) for number in range(4)]
    for future in admin.delete_records(ends).values():
        future.result(20)
    world.send(1)
    world.producer.flush(10)
    assert worker.start().running.wait(30) == 1
    assert worker.has_said("records expired before they were read; see GREGOR_STAGES_ACCEPT_LOSS")
    worker.configure(stages_accept_loss=True)
    worker.start().ready()
    until("it went on", lambda: len(world.read("issue-events")) == 401)
    assert "gregor_stage_lost_total" in worker.get("/metrics")[1]
