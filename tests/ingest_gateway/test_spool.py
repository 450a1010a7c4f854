"""The spool on a real disk: durable before it answers, full, failing, shared, taken over."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from ingest_gateway import guard, segment
from ingest_gateway.segment import Record
from ingest_gateway.spool import Active, Limits, Spool, claimed_slot
from schemas.reasons import Reason

LIMITS = Limits(most_bytes=64 << 20, min_free_bytes=0)
T = TypeVar("T")


def a_record(number: int = 0) -> Record:
    return Record(b"1|KeyError", f'{{"n":{number}}}'.encode())


def on_disk(folder: Path) -> list[object]:
    return [found for path in guard.segments(folder) for found in guard.read(path)]


def with_spool(folder: Path, act: Callable[[Spool], Awaitable[T]], limits: Limits = LIMITS) -> T:
    spool = Spool(folder, limits)
    try:
        return asyncio.run(act(spool))  # type: ignore[arg-type]
    finally:
        spool.stop()


def test_an_answer_comes_after_the_bytes_are_on_disk(tmp_path: Path) -> None:
    async def act(spool: Spool) -> None:
        assert await spool.keep([a_record(1), a_record(2)]) is None
        assert on_disk(tmp_path) == [a_record(1), a_record(2)]

    with_spool(tmp_path, act)


def test_many_at_once_are_written_in_groups_and_all_are_there(tmp_path: Path) -> None:
    async def act(spool: Spool) -> list[Reason | None]:
        return await asyncio.gather(*(spool.keep([a_record(n)]) for n in range(1000)))

    assert with_spool(tmp_path, act) == [None] * 1000
    assert sorted(map(str, on_disk(tmp_path))) == sorted(str(a_record(n)) for n in range(1000))


def test_files_are_for_us_alone(tmp_path: Path) -> None:
    async def act(spool: Spool) -> None:
        await spool.keep([a_record()])

    with_spool(tmp_path / "0", act)
    assert (tmp_path / "0").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "0").iterdir()} == {0o600}


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    async def act(spool: Spool) -> list[Reason | None]:
        return [await spool.keep([Record(b"k", b"x" * 400_000)]) for _ in range(4)]

    small = Limits(most_bytes=1 << 20, min_free_bytes=0)
    assert with_spool(tmp_path, act, small) == [None, None, Reason.SPOOL_FULL, Reason.SPOOL_FULL]
    assert len(on_disk(tmp_path)) == 2


def test_a_disk_without_room_refuses(tmp_path: Path) -> None:
    async def act(spool: Spool) -> Reason | None:
        return await spool.keep([a_record()])

    assert with_spool(tmp_path, act, Limits(most_bytes=1 << 30, min_free_bytes=1 << 60)) is Reason.SPOOL_FULL


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_write_that_fails_is_refused_and_the_next_goes_elsewhere(tmp_path: Path) -> None:
    async def act(spool: Spool) -> None:
        assert await spool.keep([a_record(1)]) is None
        assert spool.active is not None
        os.close(spool.active.file)
        full = os.open("/dev/full", os.O_WRONLY)
        active = spool.active
        spool.active = Active(active.path, full, active.created_at, active.good, active.opened)
        assert await spool.keep([a_record(2)]) is Reason.SPOOL_FULL
        spool.refusing_until = 0.0
        assert await spool.keep([a_record(3)]) is None
        assert spool.room_wrong() is None

    with_spool(tmp_path, act)
    assert on_disk(tmp_path) == [a_record(1), a_record(3)]


def test_one_folder_one_process(tmp_path: Path) -> None:
    first = claimed_slot(tmp_path, LIMITS)
    second = claimed_slot(tmp_path, LIMITS)
    assert (first.folder.name, second.folder.name) == ("0", "1")
    first.stop()
    third = claimed_slot(tmp_path, LIMITS)
    assert third.folder.name == "0"
    second.stop()
    third.stop()


def test_a_torn_tail_of_a_dead_process_is_cut(tmp_path: Path) -> None:
    async def act(spool: Spool) -> None:
        await spool.keep([a_record(1)])

    with_spool(tmp_path, act)
    (path,) = guard.segments(tmp_path)
    path.write_bytes(path.read_bytes() + segment.encoded(a_record(2))[:-3])
    spool = Spool(tmp_path, LIMITS)
    assert on_disk(tmp_path) == [a_record(1)]
    assert (spool.bytes_held, spool.oldest_at > 0) == (path.stat().st_size, True)
    spool.stop()


def test_a_segment_that_holds_nothing_goes(tmp_path: Path) -> None:
    (tmp_path / "0000000000000001.seg").write_bytes(segment.header(time.time_ns() // 1_000_000))
    spool = Spool(tmp_path, LIMITS)
    assert (guard.segments(tmp_path), spool.oldest_at) == ([], 0)
    spool.stop()
