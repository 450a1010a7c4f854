"""The loop: decide, emit, log, store, ack, in this order; and nothing when the partitions went elsewhere."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from domain.snapshot import Snapshot
from schemas.dead_letter import from_headers
from schemas.verdict import Kept, Verdict
from stream_processors.drain import Loop, Tools, TooManyRefused
from stream_processors.guard import KillAt
from stream_processors.ledger import Ledger
from stream_processors.publish import Wire
from stream_processors.stage import Context, Emit, Input, Put, Stage, Step


class Around:
    """All that surrounds one loop, as a list of what happened to it; `when` acts after an event of that name."""

    def __init__(self, folder: Path) -> None:
        self.happened: list[str] = []
        self.sent: list[tuple[str, Any, Any, Any]] = []
        self.table: dict[tuple[int, bytes], bytes] = {}
        self.stale: list[Put] = []
        self.inputs: list[Input] = []
        self.reports: list[Callable[[], None]] = []
        self.when: dict[str, Callable[[], None]] = {}
        self.generation, self.ours, self.most = 1, True, 64
        self.offsets, self.snapshot = [0], Snapshot()  # of the settings view, look by look
        self.folder = folder

    def note(self, what: str) -> None:
        if self.happened[-1:] != [what]:
            self.happened.append(what)
        self.when.pop(what, lambda: None)()

    @property
    def offset(self) -> int:
        return self.offsets.pop(0) if len(self.offsets) > 1 else self.offsets[0]

    # the network
    def produce(self, topic: str, value: Any, key: Any, *, on_delivery: Any, headers: Any = None, **_: Any) -> None:
        self.sent.append((topic, key, value, headers))
        message = SimpleNamespace(partition=lambda: 0, offset=lambda: len(self.sent))
        self.reports.append(lambda: on_delivery(None, message))
        self.note("log" if topic == "changelog" else "emit")

    def poll(self, _: float) -> None:
        while self.reports:
            self.reports.pop()()

    # the table
    def read(self, partition: int, key: bytes) -> bytes | None:
        return self.table.get((partition, key))

    def write(self, partition: int, puts: list[Put], _: int) -> None:
        self.table |= {(partition, put.key): put.value or b"" for put in puts}
        self.note("store")

    def take_stale(self, _: int) -> list[Put]:
        stale, self.stale = self.stale, []
        return stale

    # the engine
    async def take(self, _: Any) -> list[Any]:
        if not self.inputs:
            raise StopAsyncIteration
        taken, self.inputs = self.inputs, []
        return [SimpleNamespace(input=one, ack=lambda: self.note("ack")) for one in taken]

    def arrived(self, event: Any) -> Input:
        return msgspec.convert(event.input, Input)

    def still_ours(self) -> bool:
        return self.ours

    def lost(self) -> None:
        self.ours = False

    def run(self, *values: bytes, **tools: Any) -> Loop:
        self.inputs = [value if isinstance(value, Input) else arrived(n, value) for n, value in enumerate(values)]
        one: Any = self
        loop = Loop(
            Tools(
                stage=STAGE,
                intake=one,
                memory=one,
                wire=Wire(one, "changelog"),
                ledger=Ledger(self.folder, STAGE.sources),
                view=one,
                partitions=4,
                kill_at=KillAt("", "recurrence"),
                **tools,
            )
        )
        asyncio.run(loop.run(None))
        return loop

    def letters(self) -> list[tuple[str, bytes]]:
        return [(from_headers(headers).reason, value) for topic, _, value, headers in self.sent if "dead" in topic]


def arrived(offset: int, value: bytes, **more: Any) -> Input:
    return Input("issue-events", 0, offset, 7341, b"key", value, 1_777_888_800_000, **more)


def decide(one: Input, context: Context) -> Verdict[Step]:
    """Tells and remembers what it got; `bug` is a bug."""
    if one.value == b"bug":
        raise ValueError("planted")
    return Kept(Step((Emit("issue-changes", b"", one.value),), (Put(b"k", one.value),)))


STAGE = Stage(
    name="recurrence",
    sources=("issue-events",),
    decide=decide,
    warm=lambda recall: recall(b"k"),
)


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path)


def test_the_order(around: Around) -> None:
    around.run(b"1", b"2")
    assert around.happened == ["emit", "log", "store", "ack"]
    assert [(topic, value) for topic, _, value, _ in around.sent] == [
        ("issue-changes", b"1"),
        ("issue-changes", b"2"),
        ("changelog", b"2"),
    ]


def test_the_wrong_order_for_the_test_that_must_notice(around: Around) -> None:
    around.run(b"1", log_first=True)
    assert around.happened == ["log", "emit", "store", "ack"]


@pytest.mark.parametrize(
    ("moment", "happened"),
    [
        pytest.param("emit", ["emit"], id="after emit: nothing is logged"),
        pytest.param("log", ["emit", "log"], id="after log: nothing is stored"),
    ],
)
def test_partitions_that_went_elsewhere(around: Around, moment: str, happened: list[str]) -> None:
    around.when[moment] = around.lost
    loop = around.run(b"1")
    assert around.happened == happened
    assert loop.caches == {}


def test_a_bug_costs_one_dead_letter_and_nothing_else(around: Around) -> None:
    around.run(b"1", b"bug", b"3")
    assert around.letters() == [("internal", b"bug")]
    assert [value for topic, _, value, _ in around.sent if topic == "issue-changes"] == [b"1", b"3"]
    assert around.happened[-1] == "ack"


def test_a_bad_release_stops_before_it_empties_the_log(around: Around) -> None:
    with pytest.raises(TooManyRefused, match="1000 messages in a row"):
        around.run(*[b"bug"] * 1000)
    assert around.happened == []


def test_a_record_that_ended_three_processes_is_not_decided(around: Around) -> None:
    for _ in range(3):
        Ledger(around.folder, STAGE.sources).enter("issue-events", 0, 7341, 1)
    around.run(b"1", b"2", b"3")
    assert around.letters() == [("crashed", b"2")]
    assert around.table == {(0, b"k"): b"3"}


def test_a_record_for_another_consumer_is_passed_over(around: Around) -> None:
    around.run(arrived(0, b"1", headers=(("redrive_for", b"sink-postgres"),)))
    assert around.happened == ["ack"]


def test_a_command_waits_for_the_settings_its_author_saw(around: Around) -> None:
    around.offsets = [5, 6, 7, 8]
    around.when["emit"] = lambda: around.note(f"with {around.offsets}")
    around.run(b'{"settings_offset":7}')
    assert around.happened[:2] == ["emit", "with [8]"]


def test_a_cache_is_made_from_the_table_and_lasts_for_the_generation(around: Around) -> None:
    around.table[0, b"k"] = b"0"
    loop = around.run(b"1")
    assert loop.caches == {0: b"0"}


def test_values_that_a_late_worker_overwrote_are_logged_again_before_anything_is_decided(around: Around) -> None:
    around.stale = [Put(b"old", b"9")]
    around.run(b"1")
    assert around.happened == ["log", "store", "emit", "log", "store", "ack"]
    assert around.table[0, b"old"] == b"9"
