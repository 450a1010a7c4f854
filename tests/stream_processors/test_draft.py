"""What a batch led to: outputs in order, one entry per key, companions before marks."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.snapshot import Snapshot
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict
from schemas.wire import read
from stream_processors.draft import LARGEST, Draft
from stream_processors.stage import Context, Emit, Input, Put, Stage, Step

TABLE = {(0, b"old"): b"0"}


def arrived(offset: int = 0, partition: int = 0, value: bytes = b"{}", topic: str = "error-events") -> Input:
    return Input(topic, partition, offset, 7341, b"key", value, 1_777_888_812_345)


def draft() -> Draft:
    return Draft(lambda partition, key: TABLE.get((partition, key)), Snapshot(), 4, {})


def step(*keys: str, emit: tuple[str, ...] = ()) -> Verdict[Step]:
    """Remembers `keys`, the last of which carries the mark; values are the names in capitals."""
    remember = tuple(Put(key.lower().encode(), key.encode()) for key in keys)
    return Kept(Step(tuple(Emit("out", b"", name.encode()) for name in emit), remember))


@pytest.mark.parametrize(
    ("steps", "logged"),
    [
        pytest.param([("c", "m")], ["c", "m"], id="a companion before its mark"),
        pytest.param([("c", "m"), ("d", "n")], ["c", "d", "m", "n"], id="companions of all before any mark"),
        pytest.param([("c", "m"), ("C", "n")], ["C", "m", "n"], id="a shared companion once, with its last value"),
        pytest.param([("m",), ("c", "M")], ["c", "M"], id="a mark touched first waits for a later companion"),
        pytest.param([("m",), ("n",), ("M",)], ["M", "n"], id="marks in the order they were first touched"),
        pytest.param([()], [], id="nothing to remember"),
    ],
)
def test_entries(steps: list[tuple[str, ...]], logged: list[str]) -> None:
    batch = draft()
    for keys in steps:
        batch.add(arrived(), step(*keys))
    assert [put.value for put in batch.sheets[0].entries()] == [name.encode() for name in logged]


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=3).map(lambda found: [*found, "m"]), min_size=1, max_size=8))
def test_a_log_cut_anywhere_has_no_mark_without_its_companions(steps: list[list[str]]) -> None:
    batch = draft()
    for number, keys in enumerate(steps):
        batch.add(arrived(), Kept(Step((), tuple(Put(key.encode(), str(number).encode()) for key in keys))))
    entries = [put.key for put in batch.sheets[0].entries()]
    assert entries[-1] == b"m"
    assert len(entries) == len(set(entries)) == len({key for keys in steps for key in keys})


def test_recall_sees_what_the_batch_changed() -> None:
    batch = draft()
    recall = batch.context(0).recall
    assert recall(b"old") == b"0"
    batch.add(arrived(), Kept(Step((), (Put(b"old", b"1"), Put(b"new", b"2")))))
    assert (recall(b"old"), recall(b"new")) == (b"1", b"2")
    batch.add(arrived(), Kept(Step((), (Put(b"old", None),))))
    assert recall(b"old") is None


def test_partitions_do_not_see_each_other() -> None:
    batch = draft()
    batch.add(arrived(partition=1), step("c", "m"))
    assert batch.context(0).recall(b"m") is None
    assert batch.context(1).recall(b"m") == b"m"
    assert batch.context(1).recall(b"old") is None


def test_close_comes_last_and_once_per_partition() -> None:
    told: list[int] = []

    def close(context: Context) -> Step:
        told.append(context.partitions)
        return Step((Emit("out", b"", b"closed"),), (Put(b"block", b"ids"), Put(b"c", b"late")))

    batch = draft()
    batch.add(arrived(partition=0), step("c", "m", emit=("first",)))
    batch.add(arrived(partition=2), step("c", "m"))
    batch.close(Stage(name="s", sources=("error-events",), decide=lambda _, __: Kept(Step()), close=close))
    assert told == [4, 4]
    assert [emit.value for emit in batch.emitted] == [b"first", b"closed", b"closed"]
    assert [put.key for put in batch.sheets[0].entries()] == [b"m", b"c", b"block"]


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        pytest.param(Rejected(Reason.SCHEMA, "x"), Reason.SCHEMA, id="refused by the stage"),
        pytest.param(
            Kept(Step((), (Put(b"k", b"v" * (LARGEST + 1)),))), Reason.STATE_FULL, id="a value no broker would take"
        ),
        pytest.param(
            Kept(Step((Emit("out", b"", b"v" * (LARGEST + 1)),))), Reason.TOO_LARGE, id="an output no broker would take"
        ),
    ],
)
def test_refused(verdict: Verdict[Step], reason: Reason) -> None:
    batch, record = draft(), arrived(5)
    assert batch.add(record, verdict) == batch.refused[0][1]
    assert [(who, why.reason) for who, why in batch.refused] == [(record, reason)]
    assert batch.emitted == []
    assert not batch.sheets or not batch.sheets[0].values


def test_a_value_of_the_largest_size_is_kept() -> None:
    batch = draft()
    batch.add(arrived(), Kept(Step((), (Put(b"k", b"v" * LARGEST),))))
    assert batch.refused == []


def test_what_is_dropped_leaves_nothing() -> None:
    batch = draft()
    batch.add(arrived(), Dropped(Reason.DUPLICATE))
    assert (batch.emitted, batch.refused, batch.sheets) == ([], [], {})


EVENT = b'{"record":"error_event.v1","project_id":12,"event_id":"9f3a","junk":[1]}'


@pytest.mark.parametrize(
    ("topic", "value", "counted"),
    [
        pytest.param("error-events", EVENT, True, id="an event that ends here is counted"),
        pytest.param("issue-events", EVENT, False, id="an occurrence is stored all the same"),
        pytest.param("error-events", b'{"record":"grouping_command.v1"}', False, id="a command is no event"),
        pytest.param("error-events", b"junk", False, id="nor is junk"),
    ],
)
def test_outcome_of_a_refused_event(topic: str, value: bytes, counted: bool) -> None:
    batch = draft()
    batch.add(arrived(5, 3, value, topic), Rejected(Reason.INTERNAL))
    outcomes = [read(emit.value) for emit in batch.emitted]
    assert [type(outcome) for outcome in outcomes] == ([Outcome] if counted else [])
    if counted:
        outcome = msgspec.convert(msgspec.to_builtins(outcomes[0]), Outcome)
        assert (outcome.project_id, outcome.counts, outcome.event_id) == (12, (("dead_letter", 1),), "9f3a")
        assert outcome.minute_at == 1_777_888_800_000
