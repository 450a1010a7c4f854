"""Undoing: whatever carries the id of a command gets its inverse, with a place of its own in the log."""

from typing import Final

from msgspec.structs import replace

from schemas.commands import GroupingCommand, IssueCommandKind
from stream_processors.fingerprint.desk import Desk, Ruling, digits, news_of, row_put, with_move, with_pin
from stream_processors.fingerprint.table import (
    At,
    IssueRow,
    Move,
    Pin,
    ProjectRow,
    Redirect,
    Refine,
    entry_key,
    load,
    pack,
    project_key,
)
from stream_processors.stage import Put

UNKNOWN_COMMAND: Final = "unknown_command"


def undo(command: GroupingCommand, desk: Desk) -> Ruling:
    """Undoing twice changes nothing; what this partition never saw, only the owner complains about."""
    issues = [digits(text) for text in (command.issue_id, command.to, command.into, command.member)]
    rows = [(issue, row) for issue in dict.fromkeys(issues) if issue and (row := desk.row(issue)) is not None]
    puts: list[Put] = []
    for issue, row in rows:
        puts += _undone_row(issue, row, command.undoes, desk.at)
    keys = dict.fromkeys([*(digits(key) for key in command.keys), *(key for _, row in rows for key in row.keys)])
    for key in keys:
        puts += _undone_entry(command, key, desk)
    puts += _undone_pin(command, desk)
    news = (replace(news_of(command, IssueCommandKind.UNDO), undoes=command.undoes),)
    if puts or not desk.owner:
        return Ruling(puts=tuple(puts), news=news)
    places = _undone_at(command, list(keys), [row for _, row in rows], desk)
    return Ruling(news=news, repeated=desk.at not in places) if places else Ruling(refused=UNKNOWN_COMMAND)


def _undone_at(command: GroupingCommand, keys: list[bytes], rows: list[IssueRow], desk: Desk) -> set[At]:
    """Where inverses of the command stand already."""
    found = {(each.epoch, each.offset) for row in rows for each in row.redirects if _inverse(each, command)}
    found |= {(each.epoch, each.offset) for row in rows for each in row.refines if _inverse(each, command)}
    for key in keys:
        entry = desk.entry(command.project_id, key)
        found |= {(each.epoch, each.offset) for each in (entry.moves if entry else ()) if _inverse(each, command)}
    row = load(desk.recall, project_key(command.project_id), ProjectRow)
    return found | {(each.epoch, each.offset) for each in (row.pins if row else ()) if _inverse(each, command)}


def _inverse(each: Redirect | Refine | Move | Pin, command: GroupingCommand) -> bool:
    if each.command_id != command.undoes:
        return False
    match each:
        case Redirect():
            return not each.to
        case Refine():
            return not each.by
        case Move():
            return not each.issue
        case Pin():
            return each.pin is None


def _undone_row(issue: bytes, row: IssueRow, command_id: str, at: At) -> list[Put]:
    redirects = [each for each in row.redirects if each.command_id == command_id]
    refines = [each for each in row.refines if each.command_id == command_id]
    if len(redirects) == 1:
        return [row_put(issue, row, redirects=(*row.redirects, Redirect(*at, b"", command_id)))]
    if len(refines) == 1:
        return [row_put(issue, row, refines=(*row.refines, Refine(*at, "", command_id)))]
    return []


def _undone_entry(command: GroupingCommand, key: bytes, desk: Desk) -> list[Put]:
    entry = desk.entry(command.project_id, key)
    moves = [move for move in entry.moves if move.command_id == command.undoes] if entry else []
    if entry is None or len(moves) != 1:
        return []
    return [Put(entry_key(command.project_id, key), pack(with_move(entry, Move(*desk.at, b"", command.undoes))))]


def _undone_pin(command: GroupingCommand, desk: Desk) -> list[Put]:
    key = project_key(command.project_id)
    row = load(desk.recall, key, ProjectRow)
    pins = [pin for pin in row.pins if pin.command_id == command.undoes] if row else []
    if row is None or len(pins) != 1:
        return []
    return [Put(key, pack(with_pin(row, Pin(*desk.at, pins[0].symbol, None, command.undoes))))]
