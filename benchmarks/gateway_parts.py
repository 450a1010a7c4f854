"""What each step of one event costs, and how the scrubber bears hostile text."""

import json
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.gateway_bodies import event
from domain.home import settle
from ingest_gateway.decode import decode
from ingest_gateway.normalise.event import Arrival, normalise
from ingest_gateway.normalise.memo import Memos
from ingest_gateway.normalise.quick import quickly
from ingest_gateway.prepare import texts_for
from ingest_gateway.scrub.scrubber import DEFAULT, Tally
from ingest_gateway.scrub.walk import scrub
from schemas.kinds import Door
from schemas.verdict import Kept
from schemas.wire import encode

ROUNDS: Final = 1_500
HOSTILE_BYTES: Final = 512 * 1024
ARRIVAL: Final = Arrival(project_id=1, slug="shop", door=Door.ENVELOPE, received_at=1_777_888_800_000, new_id="0" * 32)
HOSTILE: Final = {
    "digits": "4111111111111111",
    "digits with blanks": "4111 1111 1111 ",
    "a@": "a@",
    "://": "://",
    "dashes": "-",
    "-----BEGIN": "-----BEGIN RSA PRIVATE KEY-----",
    "password=": "password=x ",
    "auth:": "auth:",
    "quotes": 'password="',
}


def microseconds(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of many short runs, in CPU time: what others do on the machine does not count."""
    took = []
    for _ in range(rounds):
        began = time.thread_time()
        act()
        took.append(time.thread_time() - began)
    return round(1e6 * sorted(took)[rounds // 2], 1)


def of_event(dirty: bool) -> dict[str, float]:
    raw = json.dumps(event(dirty)).encode()
    found = decode(raw)
    assert isinstance(found, Kept)
    value = found.value
    quick, memos = quickly(raw, True), Memos()
    assert quick is not None
    record = settle(normalise(value, ARRIVAL, texts_for(raw)))
    steps: dict[str, Any] = {
        "decode_us": lambda: decode(raw),
        "decode_quickly_us": lambda: quickly(raw, texts_for(raw).plain),
        "normalise_us": lambda: normalise(value, ARRIVAL, texts_for(raw)),
        "normalise_known_frames_us": lambda: normalise(quick, ARRIVAL, texts_for(raw), memos),
        "settle_us": lambda: settle(record),
        "encode_us": lambda: encode(record),
        "encode_and_prefilter_us": lambda: DEFAULT.prefilter.search(encode(record)),
    }
    if dirty:
        steps["scrub_us"] = lambda: scrub(record, DEFAULT)
    return {"json_bytes": len(raw), "record_bytes": len(encode(record))} | {
        name: microseconds(step) for name, step in steps.items()
    }


def hostile() -> dict[str, float]:
    """Milliseconds of CPU for 512 KiB of one repeated text."""
    found = {}
    for name, piece in HOSTILE.items():
        text = (piece * (HOSTILE_BYTES // len(piece) + 1))[:HOSTILE_BYTES]
        began = time.thread_time()
        DEFAULT.text(text, Tally())
        found[f"{name}_ms"] = round(1000 * (time.thread_time() - began), 1)
    return found


def parts() -> dict[str, Any]:
    return {"clean": of_event(False), "dirty": of_event(True), "hostile 512 KiB": hostile()}
