"""Events to issue ids, as the fingerprint stage decides, without Kafka."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

import msgspec

from cli.frame.command import DONE, Command, Problem
from domain.home import settle
from ingest_gateway.decode import decode
from ingest_gateway.native import widened
from ingest_gateway.normalise.event import Arrival, normalise
from ingest_gateway.normalise.text import Texts
from schemas.kinds import Door
from schemas.verdict import Kept
from stream_processors.fingerprint.identify import Found
from stream_processors.fingerprint.incoming import SlimEvent
from stream_processors.fingerprint.memo import Memo
from stream_processors.fingerprint.occurrence import reason
from stream_processors.fingerprint.rehearsal import Rehearsal, slim

MAX_KNOWN: Final = 20_000


class Asked(msgspec.Struct, frozen=True, gc=False):
    """The parts of a line that grouping can use, undecoded: equal parts are read once."""

    project_id: msgspec.Raw = msgspec.Raw(b"1")
    platform: msgspec.Raw = msgspec.Raw()
    exception: msgspec.Raw = msgspec.Raw()
    old_exception: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="sentry.interfaces.Exception")
    threads: msgspec.Raw = msgspec.Raw()
    stacktrace: msgspec.Raw = msgspec.Raw()
    message: msgspec.Raw = msgspec.Raw()
    logentry: msgspec.Raw = msgspec.Raw()
    old_message: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="sentry.interfaces.Message")
    fingerprint: msgspec.Raw = msgspec.Raw()
    type: msgspec.Raw = msgspec.Raw()
    transaction: msgspec.Raw = msgspec.Raw()
    culprit: msgspec.Raw = msgspec.Raw()
    logger: msgspec.Raw = msgspec.Raw()
    level: msgspec.Raw = msgspec.Raw()


ASKED: Final = msgspec.json.Decoder(Asked)


class Folder:
    """A rehearsal that reads equal lines once."""

    def __init__(self) -> None:
        self.rehearsal = Rehearsal()
        self.known: Memo[tuple[bytes, ...], SlimEvent] = Memo(MAX_KNOWN)

    def found(self, line: bytes) -> Found:
        return self.rehearsal.place(self.event(line))

    def event(self, line: bytes) -> SlimEvent:
        parts = raw_parts(line)
        known = self.known.get(parts) if parts else None
        if known is None:
            known = canonical(line)
            if parts:
                self.known.put(parts, known)
        return known


def raw_parts(line: bytes) -> tuple[bytes, ...]:
    """Empty when the line is not as expected: then it is read in full, and leniently."""
    try:
        asked = ASKED.decode(line)
    except msgspec.DecodeError:
        return ()
    if asked.fingerprint:  # its variables may ask for anything
        return ()
    return tuple(bytes(part) for part in msgspec.structs.astuple(asked))


def canonical(line: bytes) -> SlimEvent:
    """As the gateway would publish it, without scrubbing."""
    value = decode(line)
    if not isinstance(value, Kept):
        raise Problem(f"not a JSON object: {line[:80]!r}")
    given = value.value.get("project_id")
    project = given if isinstance(given, int) and given > 0 else 1
    arrival = Arrival(project_id=project, slug="-", door=Door.NATIVE, received_at=0, new_id=f"{0:032x}")
    return slim(settle(normalise(widened(value.value), arrival, Texts())))


def lines_of(stream: Iterable[bytes]) -> Iterator[bytes]:
    for line in stream:
        if line.strip():
            yield line


def answer(lines: Iterable[bytes], out: TextIO, why: bool) -> None:
    folder = Folder()
    for line in lines_of(lines):
        found = folder.found(line)
        told = "\t" + bytes(reason(found.prints, found.choice)).decode() if why else ""
        out.write(f"{found.choice.issue.hex()}{told}\n")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--why", action="store_true", help="add the reason as JSON behind a tab")


def run(given: Namespace) -> int:
    answer(sys.stdin.buffer, sys.stdout, given.why)
    return DONE


COMMAND = Command(
    summary="print the issue of each event read from standard input",
    details="One event per line, JSON as a Sentry SDK or the native API sends it. Events are folded in order, each"
    " project with a memory of its own.",
    example="gregor fingerprint --why < events.jsonl",
    arguments=arguments,
    run=run,
)
