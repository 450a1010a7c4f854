"""What judging a command takes: a place in the log, what may be looked up, and what comes out."""

import msgspec

from schemas.commands import GroupingCommand, IssueCommand, IssueCommandKind
from stream_processors.fingerprint.table import (
    At,
    Entry,
    IssueRow,
    Move,
    Pin,
    ProjectRow,
    Recall,
    entry_key,
    issue_key,
    load,
    pack,
)
from stream_processors.stage import Put


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What a partition does about a command: why not, what to remember, what the next stage has to hear."""

    refused: str = ""
    puts: tuple[Put, ...] = ()
    news: tuple[IssueCommand, ...] = ()
    repeated: bool = False  # the very command was applied before, at another place of the log


class Desk(msgspec.Struct, frozen=True):
    """Where a command is judged: at its own place in the log of one partition."""

    at: At
    recall: Recall
    owner: bool

    def row(self, issue: bytes) -> IssueRow | None:
        return load(self.recall, issue_key(issue), IssueRow)

    def entry(self, project: int, key: bytes) -> Entry | None:
        return load(self.recall, entry_key(project, key), Entry)


def with_move(entry: Entry, move: Move) -> Entry:
    return msgspec.structs.replace(entry, seq=entry.seq + 1, moves=(*entry.moves, move))


def with_pin(row: ProjectRow, pin: Pin) -> ProjectRow:
    return msgspec.structs.replace(row, seq=row.seq + 1, pins=(*row.pins, pin))


def row_put(issue: bytes, row: IssueRow, **changed: object) -> Put:
    return Put(issue_key(issue), pack(msgspec.structs.replace(row, seq=row.seq + 1, **changed)))


def digits(text: str) -> bytes:
    """16 bytes of 32 hex digits; anything else is nothing."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return b""
    return found if len(found) == 16 else b""


def news_of(command: GroupingCommand, kind: IssueCommandKind, issue: str = "") -> IssueCommand:
    """What the next stage hears; its arguments are added by `replace`."""
    return IssueCommand(
        command_id=command.command_id,
        project_id=command.project_id,
        issue_id=issue or command.issue_id,
        kind=kind,
        actor=command.actor,
        at=command.at,
        reason=command.reason,
    )
