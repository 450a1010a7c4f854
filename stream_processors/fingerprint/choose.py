"""Which issue an event belongs to: a fold over the entries of its keys (grouping.md 5.1)."""

from collections.abc import Callable
from enum import IntEnum
from typing import Final, TypeAlias

import msgspec

from domain.ids import issue_id
from schemas.kinds import Matched
from stream_processors.fingerprint.prints import Key, Prints
from stream_processors.fingerprint.table import (
    LAYOUT,
    At,
    Entry,
    IssueRow,
    Move,
    Recall,
    before,
    entry_key,
    issue_key,
    load,
    pack,
)
from stream_processors.stage import Put

MAX_PATHS: Final = 64
PromotedAt: TypeAlias = Callable[[bytes], At | None]  # by anchor: since when it is a helper


class State(IntEnum):
    """What an entry says to an event."""

    ABSENT = 0  # nothing stands there
    MINE = 1  # this very event wrote it: it is read again
    LATER = 2  # written after this event: it did not know
    VOID = 3  # its issue was released from a helper
    KNOWN = 4
    MOVED = 5  # by a person


class Judged(msgspec.Struct, frozen=True):
    key: Key
    state: State
    entry: Entry | None = None
    issue: bytes = b""

    @property
    def known(self) -> bool:
        return self.state >= State.KNOWN


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """`told`: the keys that this event teaches, also when it is read again; `puts`: what is not in the table yet."""

    issue: bytes
    matched: Matched
    key: Key
    told: tuple[tuple[Key, bool], ...] = ()
    puts: tuple[Put, ...] = ()
    conflict: bytes = b""
    split_by: bytes = b""  # anchor of the helper that an entry was released from
    full: bool = False


class Asking(msgspec.Struct, frozen=True):
    """Who asks, where it stands, and what it may look up."""

    project: int
    at: At
    recall: Recall
    promoted_at: PromotedAt


def choose(prints: Prints, asking: Asking) -> Choice:
    """The issue of an event and what its keys teach. Known entries are never rewritten."""
    searched = [judge(key, asking) for key in prints.search]
    decided = _moved(searched) or _first_known(searched)
    if decided is None:
        return _opened(prints, searched, asking)
    others = [judge(key, asking) for key in prints.taught]
    return _with_lessons(prints, [*searched, *others], decided, asking)


def judge(key: Key, asking: Asking) -> Judged:
    """What the entry of `key` says at the position of the asking event."""
    entry = load(asking.recall, entry_key(asking.project, key.digest), Entry)
    if entry is None:
        return Judged(key, State.ABSENT)
    moves = [move for move in entry.moves if before((move.epoch, move.offset), asking.at)]
    last = moves[-1] if moves else Move(entry.epoch, entry.offset, entry.issue, "", entry.anchor, entry.opener)
    at = (last.epoch, last.offset)
    if last.command_id:
        return Judged(key, State.MOVED, entry, last.issue)
    if not before(at, asking.at):
        return Judged(key, State.MINE if at == asking.at else State.LATER, entry, entry.issue)
    released_at = None if last.opener or not last.anchor else asking.promoted_at(last.anchor)
    if released_at is not None and before(at, released_at) and before(released_at, asking.at):
        return Judged(key, State.VOID, entry, last.issue)
    return Judged(key, State.KNOWN, entry, last.issue)


def _moved(searched: list[Judged]) -> Judged | None:
    """Keys that a person moved win; among them path, site, bare."""
    moved = [each for each in searched if each.state == State.MOVED]
    return min(moved, key=lambda each: MOVED_ORDER.get(each.key.kind, 9), default=None)


def _first_known(searched: list[Judged]) -> Judged | None:
    return next((each for each in searched if each.known), None)


def _opened(prints: Prints, searched: list[Judged], asking: Asking) -> Choice:
    """Nobody knew a key: the event opens an issue, named by the first one."""
    first = prints.search[0]
    issue = bytes.fromhex(issue_id(asking.project, first.digest.hex()))
    others = [judge(key, asking) for key in (*prints.taught, *prints.later)]
    every = [*searched, *others]
    return _with_lessons(prints, every, Judged(first, State.ABSENT, None, issue), asking)


def _with_lessons(prints: Prints, judged: list[Judged], decided: Judged, asking: Asking) -> Choice:
    opener = not decided.known
    full = not opener and _is_full(judged)
    lessons = [each for each in judged if not each.known and each.state != State.LATER]
    if full:
        lessons = [each for each in lessons if each.key.kind is not Matched.PATH]
    voids = [each for each in lessons if each.state == State.VOID and each.issue != decided.issue]
    return Choice(
        issue=decided.issue,
        matched=_matched(decided, released=bool(voids)),
        key=decided.key,
        told=tuple((each.key, opener) for each in lessons),
        puts=_puts(judged, lessons, _Writing(decided.issue, prints.anchor, opener), asking),
        conflict=_conflict(judged, decided),
        split_by=_anchor_of(voids[0]) if voids else b"",
        full=full,
    )


def _matched(decided: Judged, released: bool) -> Matched:
    if not decided.known:
        return Matched.SPLIT if released else Matched.OPENED
    return Matched.MOVED if decided.state == State.MOVED else decided.key.kind


class _Writing(msgspec.Struct, frozen=True):
    """What all entries that an event writes have in common."""

    issue: bytes
    anchor: bytes
    opener: bool


def _puts(judged: list[Judged], lessons: list[Judged], writing: _Writing, asking: Asking) -> tuple[Put, ...]:
    """Entries not yet in the table, the path count of their site, and the keys of the issue."""
    puts = [
        Put(entry_key(asking.project, each.key.digest), pack(_written(each.entry, writing, asking.at)))
        for each in lessons
        if each.state != State.MINE
    ]
    if puts:
        puts += _counted(judged, lessons, asking)
        puts.append(_listed(lessons, writing.issue, asking))
    return tuple(puts)


def _written(entry: Entry | None, writing: _Writing, at: At) -> Entry:
    """A new entry, or the old one released to another issue."""
    if entry is None:
        return Entry(LAYOUT, 1, writing.issue, writing.anchor, writing.opener, *at)
    move = Move(*at, writing.issue, "", writing.anchor, writing.opener)
    return msgspec.structs.replace(entry, seq=entry.seq + 1, moves=(*entry.moves, move))


def _counted(judged: list[Judged], lessons: list[Judged], asking: Asking) -> list[Put]:
    """A known site counts the paths it was met by."""
    site = next((each for each in judged if each.known and each.key.kind is Matched.SITE), None)
    new_path = any(each.key.kind is Matched.PATH and each.state == State.ABSENT for each in lessons)
    if site is None or site.entry is None or not new_path:
        return []
    entry = msgspec.structs.replace(site.entry, seq=site.entry.seq + 1, paths=site.entry.paths + 1)
    return [Put(entry_key(asking.project, site.key.digest), pack(entry))]


def _listed(lessons: list[Judged], issue: bytes, asking: Asking) -> Put:
    row = load(asking.recall, issue_key(issue), IssueRow) or IssueRow(LAYOUT, 0, asking.project)
    keys = tuple(dict.fromkeys([*row.keys, *(each.key.digest for each in lessons)]))
    return Put(issue_key(issue), pack(msgspec.structs.replace(row, seq=row.seq + 1, keys=keys)))


def _is_full(judged: list[Judged]) -> bool:
    sites = (each.entry for each in judged if each.known and each.key.kind is Matched.SITE)
    entry = next(sites, None)
    return entry is not None and entry.paths >= MAX_PATHS


def _conflict(judged: list[Judged], decided: Judged) -> bytes:
    """Site and path lead to different issues: the site wins, people hear of the other."""
    kinds = (Matched.SITE, Matched.PATH)
    others = (each.issue for each in judged if each.known and each.key.kind in kinds and each.issue != decided.issue)
    return next(others, b"")


def _anchor_of(void: Judged) -> bytes:
    return void.entry.anchor if void.entry else b""


MOVED_ORDER: Final = {Matched.PATH: 0, Matched.SITE: 1, Matched.BARE: 2}
