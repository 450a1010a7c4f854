"""A chain of three small stages: each counts the records of a key and passes every record on."""

import os
from typing import Final

import msgspec

from schemas.record import Position
from schemas.verdict import Kept, Verdict
from stream_processors.marks import Arrival, Marks, Seen, folded, judge
from stream_processors.stage import Context, Emit, Input, Put, Stage, Step

DIES: Final = "dies"
RAISES: Final = "raises"


class Ping(msgspec.Struct, frozen=True):
    """`id` counts from 0 over the whole run; `root` is absent in the source log."""

    id: int
    key: str
    root: Position | None = None
    ill: str = ""


class Count(msgspec.Struct, frozen=True, array_like=True):
    """`n` records, with `total` as the sum of their ids: any loss or double shows."""

    layout: int = 1
    seq: int = 0
    marks: Marks = Marks()
    n: int = 0
    total: int = 0


class Tally(msgspec.Struct, array_like=True):
    """A companion of the counts, rewritten for every record of its partition."""

    layout: int = 1
    seq: int = 0


def ping_of(arrived: Input) -> Ping:
    ping = msgspec.json.decode(arrived.value, type=Ping)
    return (
        ping if ping.root else msgspec.structs.replace(ping, root=(arrived.epoch, arrived.partition, arrived.offset, 0))
    )


def stage(name: str, source: str, sink: str, *more: str, spread: int = 0) -> Stage:
    """`spread`: fold keys into so many, so that one value hears of several root partitions."""

    def decide(arrived: Input, context: Context) -> Verdict[Step]:
        if arrived.topic in more or b"marker" in arrived.value:
            return Kept(Step())
        ping = ping_of(arrived)
        ill(ping)
        key = f"s{ping.id % spread}" if spread else ping.key
        name_of_value = b"c" + key.encode()
        before = count_of(context.recall(name_of_value))
        arrival = Arrival(arrived.epoch, arrived.offset, ping.root, str(ping.id))
        if judge(before.marks, arrival) != Seen.NEW:
            return Kept(Step())
        marks = folded(before.marks, arrival)
        after = Count(1, before.seq + 1, marks, before.n + 1, before.total + ping.id)
        tally = msgspec.msgpack.decode(context.recall(b"t") or b"\x92\x01\x00", type=Tally)
        tally.seq += 1
        return Kept(
            Step(
                (Emit(sink, key.encode(), msgspec.json.encode(ping)),),
                (Put(b"t", msgspec.msgpack.encode(tally)), Put(name_of_value, msgspec.msgpack.encode(after))),
            )
        )

    def ill(ping: Ping) -> None:
        if ping.ill == f"{name} {RAISES}":
            raise ValueError("planted")
        if ping.ill == f"{name} {DIES}":
            os._exit(9)

    return Stage(name=name, sources=(source, *more), fleeting=more, decide=decide)


def count_of(value: bytes | None) -> Count:
    return msgspec.msgpack.decode(value, type=Count) if value else Count()


STANDINS: Final = (
    stage("fingerprint", "error-events", "issue-events"),
    stage("recurrence", "issue-events", "issue-changes", spread=40),
    stage("escalation", "issue-changes", "alerts", "ticks"),
)
