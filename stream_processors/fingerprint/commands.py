"""People's decisions about grouping: merge, split, refine, attach, helper, forget, undo (grouping.md 6.2).

Every partition gets every command and does its part; only the one that owns the issue answers.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec.structs import replace

from domain.ids import digest_bytes, issue_id
from schemas.commands import GroupingCommand, GroupingKind, IssueCommandKind
from stream_processors.fingerprint.choose import finer_digest
from stream_processors.fingerprint.desk import Desk, Ruling, digits, news_of, row_put, with_move, with_pin
from stream_processors.fingerprint.history import last_move
from stream_processors.fingerprint.table import (
    LAYOUT,
    Entry,
    IssueRow,
    Move,
    Pin,
    ProjectRow,
    Redirect,
    Refine,
    entry_key,
    issue_key,
    load,
    pack,
    project_key,
)
from stream_processors.fingerprint.undoing import undo
from stream_processors.stage import Put

MAX_PINS: Final = 60
UNKNOWN_ISSUE: Final = "unknown_issue"
OTHER_PROJECT: Final = "other_project"
REDIRECT_LOOP: Final = "redirect_loop"
UNKNOWN_KEY: Final = "unknown_key"
BAD_ARGUMENTS: Final = "bad_arguments"
FULL: Final = "full"
ALREADY: Final = "already"


Judge: TypeAlias = Callable[[GroupingCommand, Desk], Ruling]


def rule(command: GroupingCommand, desk: Desk) -> Ruling:
    """Refusals that every kind shares, then its own judge."""
    row = desk.row(bytes.fromhex(command.issue_id))
    asks_row = command.kind not in (GroupingKind.HELPER, GroupingKind.ATTACH)
    if desk.owner and asks_row and row is None:
        return Ruling(refused=UNKNOWN_ISSUE)
    if row is not None and row.project != command.project_id:
        return Ruling(refused=OTHER_PROJECT)
    return JUDGES[command.kind](command, desk)


def merge(command: GroupingCommand, desk: Desk) -> Ruling:
    issue, into = bytes.fromhex(command.issue_id), digits(command.into)
    if into == issue or (desk.owner and _leads(into, issue, desk)):
        return Ruling(refused=REDIRECT_LOOP)
    if not into:
        return Ruling(refused=BAD_ARGUMENTS)
    row = desk.row(issue) or IssueRow(LAYOUT, 0, command.project_id)
    known = next((each for each in row.redirects if each.command_id == command.command_id), None)
    news = (replace(news_of(command, IssueCommandKind.MERGED), into=command.into),)
    if known is not None:
        return Ruling(news=news, repeated=(known.epoch, known.offset) != desk.at)
    redirects = (*row.redirects, Redirect(*desk.at, into, command.command_id))
    return Ruling(puts=(row_put(issue, row, redirects=redirects),), news=news)


def _leads(one: bytes, other: bytes, desk: Desk) -> bool:
    row = desk.row(one)
    redirects = row.redirects if row else ()
    undone = {each.command_id for each in redirects if not each.to}
    counting = [each.to for each in redirects if each.command_id not in undone]
    return bool(counting) and counting[-1] == other


def split(command: GroupingCommand, desk: Desk) -> Ruling:
    """Keys, or all keys of a former member, go to another issue: a new one unless `to` names it."""
    issue = bytes.fromhex(command.issue_id)
    to = digits(command.to) or bytes.fromhex(issue_id(command.project_id, command.command_id))
    member = desk.row(digits(command.member)) if command.member else None
    keys = [digits(key) for key in command.keys] or list(member.keys if member else ())
    found = [(key, desk.entry(command.project_id, key)) for key in keys]
    if desk.owner and not command.member and not any(entry for _, entry in found):
        return Ruling(refused=UNKNOWN_KEY)
    puts = _moved(command, desk, to, [(key, entry) for key, entry in found if entry])
    puts += _not_same(issue, to, desk) if puts else ()
    news = replace(news_of(command, IssueCommandKind.SPLIT, to.hex()), split_from=command.issue_id)
    return Ruling(puts=puts, news=(news,))


def attach(command: GroupingCommand, desk: Desk) -> Ruling:
    """A key leads to an issue from now on, whether anybody has seen it or not."""
    to = digits(command.to or command.issue_id)
    keys = [digits(key) for key in command.keys]
    if not keys:
        return Ruling(refused=BAD_ARGUMENTS)
    blank = Entry(LAYOUT, 0, b"", b"", False, *desk.at)
    found = [(key, desk.entry(command.project_id, key) or blank) for key in keys]
    return Ruling(puts=_moved(command, desk, to, found))


def _moved(command: GroupingCommand, desk: Desk, to: bytes, entries: list[tuple[bytes, Entry]]) -> tuple[Put, ...]:
    move = Move(*desk.at, to, command.command_id)
    fresh = [(key, entry) for key, entry in entries if not _has(entry.moves, command.command_id)]
    puts = [Put(entry_key(command.project_id, key), pack(with_move(entry, move))) for key, entry in fresh]
    if fresh:
        row = desk.row(to) or IssueRow(LAYOUT, 0, command.project_id)
        keys = tuple(dict.fromkeys([*row.keys, *(key for key, _ in fresh)]))
        puts.append(row_put(to, row, keys=keys))
    return tuple(puts)


def _has(moves: tuple[Move, ...], command_id: str) -> bool:
    return any(move.command_id == command_id for move in moves)


def _not_same(issue: bytes, to: bytes, desk: Desk) -> tuple[Put, ...]:
    row = desk.row(issue)
    if row is None or to in row.not_same:
        return ()
    return (row_put(issue, row, not_same=(*row.not_same, to)),)


def refine(command: GroupingCommand, desk: Desk) -> Ruling:
    """From now on the issue is told apart by what was said or by who called; `stay` names what remains."""
    if command.by not in ("message", "caller"):
        return Ruling(refused=BAD_ARGUMENTS)
    issue = bytes.fromhex(command.issue_id)
    row = desk.row(issue)
    if row is None or any(each.command_id == command.command_id for each in row.refines):
        return Ruling()
    stay = tuple(staying(issue, command.by, text) for text in command.stay)
    added = Refine(*desk.at, command.by, command.command_id, stay)
    return Ruling(puts=(row_put(issue, row, refines=(*row.refines, added)),))


def staying(issue: bytes, by: str, text: str) -> bytes:
    """A finer key as 32 hex, or the skeleton or caller that it is made of."""
    given = digits(text)
    return given or finer_digest(issue, by, digest_bytes(text)[:8])


def helper(command: GroupingCommand, desk: Desk) -> Ruling:
    """People say whether a symbol is a helper; that wins over names and learning."""
    if not command.symbol:
        return Ruling(refused=BAD_ARGUMENTS)
    key = project_key(command.project_id)
    row = load(desk.recall, key, ProjectRow) or ProjectRow(LAYOUT, 0)
    if any(pin.command_id == command.command_id for pin in row.pins):
        return Ruling()
    if len(row.pins) >= MAX_PINS:
        return Ruling(refused=FULL)
    pin = Pin(*desk.at, digest_bytes(command.symbol)[:8], command.pin, command.command_id)
    return Ruling(puts=(Put(key, pack(with_pin(row, pin))),))


def forget(command: GroupingCommand, desk: Desk) -> Ruling:
    """The issue's keys go, save those that lead elsewhere by now."""
    issue = bytes.fromhex(command.issue_id)
    row = desk.row(issue)
    if row is None:
        return Ruling()
    entries = [(key, desk.entry(row.project, key)) for key in row.keys]
    gone = [key for key, entry in entries if entry and last_move(entry, desk.at).issue == issue]
    puts = [Put(entry_key(row.project, key), None) for key in gone]
    return Ruling(puts=(*puts, Put(issue_key(issue), None)))


JUDGES: Final[dict[GroupingKind, Judge]] = {
    GroupingKind.MERGE: merge,
    GroupingKind.SPLIT: split,
    GroupingKind.REFINE: refine,
    GroupingKind.ATTACH: attach,
    GroupingKind.HELPER: helper,
    GroupingKind.FORGET: forget,
    GroupingKind.UNDO: undo,
}
