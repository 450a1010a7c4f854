"""The fingerprint stage alone, on one core: events per CPU second, cold and known, against the bare decode.

python -m benchmarks.fingerprint        # prints JSON and writes benchmarks/results/fingerprint.json
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.pipeline import machine
from domain.home import settle
from domain.snapshot import Snapshot
from schemas import wire
from schemas.error_event import Breadcrumb, ErrorEvent, ExceptionInfo, Frame
from schemas.verdict import Kept
from stream_processors.fingerprint.cache import Shared
from stream_processors.fingerprint.decide import make_stage
from stream_processors.fingerprint.frames import symbol
from stream_processors.fingerprint.incoming import read
from stream_processors.fingerprint.message import masked, said
from stream_processors.stage import Context, Input

RESULTS: Final = Path(__file__).parent / "results" / "fingerprint.json"
EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "20000"))
STACKS: Final = 300
BATCH: Final = 500
FRAMES: Final = 18
AT: Final = 1_777_888_800_000


def frame(stack: int, number: int) -> Frame:
    """Half of the frames are ours, every second host says other line numbers in its variables."""
    return Frame(
        function=f"handle_{stack}_{number}",
        module=f"shop.part{number}.views",
        filename=f"shop/part{number}/views.py",
        abs_path=f"/srv/shop/part{number}/views.py",
        lineno=10 + number,
        in_app=number % 2 == 0,
        context_line=f"    result = compute_{stack}_{number}(order['amount'], tax)",
        pre_context=("a = 1", "b = 2", "c = 3", "d = 4", "e = 5"),
        post_context=("v = 1", "w = 2", "x = 3", "y = 4", "z = 5"),
        vars={f"name{each}": "a value of usual length" for each in range(4)},
    )


def event(number: int, stack: int, message: str) -> bytes:
    frames = tuple(frame(stack, each) for each in range(FRAMES))
    return wire.encode(
        settle(
            ErrorEvent(
                event_id=f"{number:032x}",
                project_id=1,
                home_key="",
                received_at=AT,
                occurred_at=AT,
                service="shop",
                platform="python",
                exceptions=(ExceptionInfo(type=f"Error{stack % 7}", value=message, frames=frames),),
                breadcrumbs=tuple(Breadcrumb(message="a step of usual length") for _ in range(20)),
                tags={"shard": str(number % 9)},
                modules={f"package{each}": "1.2.3" for each in range(40)},
            )
        )
    )


def log(new_message_every: int) -> list[bytes]:
    """Repeating errors; one of `new_message_every` says something that nobody said before."""
    dice = random.Random(7)  # noqa: S311 - the same log in every run
    lines: list[bytes] = []
    for number in range(EVENTS):
        fresh = new_message_every and number % new_message_every == 0
        what = f"order {dice.randrange(10**9)} of ann{number}@shop.test" if fresh else f"order {number % 5}"
        lines.append(event(number, number % STACKS, f"{what} has no amount after 3 tries"))
    return lines


def forget_all() -> None:
    for memo in (symbol, masked, said):
        memo.cache_clear()


def decided(lines: Sequence[bytes], shared: Shared) -> tuple[float, float]:
    """CPU seconds of the first quarter of the log and of the rest."""
    table: dict[bytes, bytes] = {}
    stage = make_stage(shared)
    context = Context(table.get, Snapshot(), stage.warm(table.get), 4)
    started = turned = time.process_time()
    for offset, line in enumerate(lines):
        if offset == len(lines) // 4:
            turned = time.process_time()
        verdict = stage.decide(Input("error-events", 0, offset, 7, b"", line, AT), context)
        assert isinstance(verdict, Kept)
        table.update((put.key, put.value or b"") for put in verdict.value.remember)
        if offset % BATCH == BATCH - 1:
            table.update((put.key, put.value or b"") for put in stage.close(context).remember)
    return turned - started, time.process_time() - turned


def per_s(lines: Sequence[bytes]) -> float:
    """Events per CPU second once the stacks are known."""
    forget_all()
    _, rest = decided(lines, Shared())
    return len(lines) * 3 / 4 / rest


def cold_us(lines: Sequence[bytes]) -> float:
    """Microseconds of an event of which nothing is known, memos off."""
    spent = 0.0
    for line in lines[:STACKS]:
        forget_all()
        first, rest = decided([line], Shared(0))
        spent += first + rest
    return spent / STACKS * 1e6


def bare_per_s(lines: Sequence[bytes], one: Callable[[bytes], object]) -> float:
    started = time.process_time()
    for line in lines:
        one(line)
    return len(lines) / (time.process_time() - started)


def main() -> int:
    mixed, known = log(4), log(0)
    narrow, whole = bare_per_s(mixed, read), bare_per_s(mixed, msgspec.json.Decoder(ErrorEvent).decode)
    found: dict[str, Any] = {
        "command": "python -m benchmarks.fingerprint",
        "machine": {name: value for name, value in machine().items() if name != "command"},
        "event_bytes": round(sum(map(len, mixed)) / len(mixed)),
        "one_message_in_four_new_per_s": round(per_s(mixed)),
        "nothing_new_per_s": round(per_s(known)),
        "cold_us": round(cold_us(mixed)),
        "bare_narrow_decode_per_s": round(narrow),
        "bare_whole_decode_per_s": round(whole),
    }
    found["share_of_bare_narrow_decode"] = round(found["one_message_in_four_new_per_s"] / narrow, 3)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
