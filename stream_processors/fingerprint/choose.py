"""Which issue an event belongs to: a fold over the entries of its keys (grouping.md 5.1)."""

from typing import Final

import msgspec

from domain.ids import digest_bytes, issue_id
from schemas.kinds import Matched
from stream_processors.fingerprint.history import Asking, Judged, State, judge, standing
from stream_processors.fingerprint.prints import Key, Prints
from stream_processors.fingerprint.table import (
    LAYOUT,
    At,
    Entry,
    IssueRow,
    Move,
    Refine,
    entry_key,
    issue_key,
    load,
    pack,
)
from stream_processors.stage import Put

MAX_PATHS: Final = 64
MAX_KEYS: Final = 256
MOVED_ORDER: Final = {Matched.PATH: 0, Matched.SITE: 1, Matched.BARE: 2}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """`owner`: whose keys they are, when events of that issue go to another one, `issue`.

    `told`: keys that this event teaches, also when it is read again; `puts`: what is not in the table yet.

    `settled`: until the next command another event with these keys gets this answer and writes nothing.
    """

    issue: bytes
    owner: bytes
    matched: Matched
    key: Key
    told: tuple[tuple[Key, bool], ...] = ()
    puts: tuple[Put, ...] = ()
    conflict: bytes = b""
    released_from: bytes = b""  # the anchor that became a helper
    full: bool = False
    settled: bool = False


def choose(prints: Prints, asking: Asking) -> Choice:
    """The issue of an event and what its keys teach. Known entries are never rewritten."""
    searched = [judge(key, asking) for key in prints.search]
    decided = _moved(searched) or next((each for each in searched if each.known), None)
    if decided is None:
        return _opened(prints, searched, asking)
    stands = standing(decided.issue, asking)
    finer = _finer(prints, decided, stands.refine) if stands.refine is not None else None
    if finer is not None:
        return _apart(finer, asking)
    judged = [*searched, *(judge(key, asking) for key in prints.taught)]
    found = _with_lessons(prints, judged, decided, asking)
    settled = found.settled and stands.settled
    return msgspec.structs.replace(found, issue=stands.to or found.issue, settled=settled)


def _moved(searched: list[Judged]) -> Judged | None:
    """Keys that a person moved win; among them path, site, bare."""
    moved = [each for each in searched if each.state == State.MOVED]
    return min(moved, key=lambda each: MOVED_ORDER.get(each.key.kind, 9), default=None)


def _opened(prints: Prints, searched: list[Judged], asking: Asking) -> Choice:
    """Nobody knew a key: the event opens an issue, named by the first one. Unless an older version of us knew it."""
    older = next((each for each in (judge(key, asking) for key in asking.older()) if each.known), None)
    if older is not None:
        taught = [judge(key, asking) for key in prints.taught]
        found = _with_lessons(prints, [*searched, *taught], older, asking)
        return msgspec.structs.replace(found, issue=standing(older.issue, asking).to or older.issue)
    first = prints.search[0]
    issue = bytes.fromhex(issue_id(asking.project, first.digest.hex()))
    others = [judge(key, asking) for key in (*prints.taught, *prints.later)]
    return _with_lessons(prints, [*searched, *others], Judged(first, State.ABSENT, None, issue), asking)


def _finer(prints: Prints, decided: Judged, refine: Refine) -> Key | None:
    """The key that tells events of one issue apart, since a person asked for it; None: this one stays."""
    text = prints.caller if refine.by == "caller" else prints.said
    digest = finer_digest(decided.issue, refine.by, text)
    return None if digest in refine.stay else Key(Matched.SPLIT, digest)


def finer_digest(issue: bytes, by: str, said: bytes) -> bytes:
    return digest_bytes("refine", issue.hex(), by, said.hex())


def _apart(key: Key, asking: Asking) -> Choice:
    """An event that no longer stays in its issue: it has one key."""
    judged = judge(key, asking)
    if judged.known:
        stands = standing(judged.issue, asking)
        settled = judged.settled and stands.settled
        issue = stands.to or judged.issue
        return Choice(issue=issue, owner=judged.issue, matched=Matched.SPLIT, key=key, settled=settled)
    issue = bytes.fromhex(issue_id(asking.project, key.digest.hex()))
    writing = _Writing(issue, b"", True)
    return Choice(
        issue=issue,
        owner=issue,
        matched=Matched.SPLIT,
        key=key,
        told=((key, True),),
        puts=_puts([judged], [judged], writing, asking),
    )


def _with_lessons(prints: Prints, judged: list[Judged], decided: Judged, asking: Asking) -> Choice:
    opener = not decided.known
    full = not opener and _is_full(judged)
    lessons = [each for each in judged if not each.known and each.state != State.LATER]
    if full:
        lessons = [each for each in lessons if each.key.kind is not Matched.PATH]
    released = [each for each in lessons if each.released_from and each.issue != decided.issue]
    return Choice(
        issue=decided.issue,
        owner=decided.issue,
        matched=_matched(decided, released=bool(released)),
        key=decided.key,
        told=tuple((each.key, opener) for each in lessons),
        puts=_puts(judged, lessons, _Writing(decided.issue, prints.anchor, opener), asking),
        conflict=_conflict(judged, decided),
        released_from=released[0].released_from if released else b"",
        full=full,
        settled=not lessons and all(each.settled for each in judged),
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
        puts += _listed(lessons, writing.issue, asking)
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


def _listed(lessons: list[Judged], issue: bytes, asking: Asking) -> list[Put]:
    """The keys that an issue has here, for commands about the issue."""
    row = load(asking.recall, issue_key(issue), IssueRow) or IssueRow(LAYOUT, 0, asking.project)
    keys = tuple(dict.fromkeys([*row.keys, *(each.key.digest for each in lessons)]))[:MAX_KEYS]
    if keys == row.keys:
        return []
    return [Put(issue_key(issue), pack(msgspec.structs.replace(row, seq=row.seq + 1, keys=keys)))]


def _is_full(judged: list[Judged]) -> bool:
    sites = (each.entry for each in judged if each.known and each.key.kind is Matched.SITE)
    entry = next(sites, None)
    return entry is not None and entry.paths >= MAX_PATHS


def _conflict(judged: list[Judged], decided: Judged) -> bytes:
    """Site and path lead to different issues: the site wins, people hear of the other."""
    kinds = (Matched.SITE, Matched.PATH)
    others = (each.issue for each in judged if each.known and each.key.kind in kinds and each.issue != decided.issue)
    return next(others, b"")
