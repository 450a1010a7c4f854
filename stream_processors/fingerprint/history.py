"""What the entries of keys and issues say at one place in the log: later moves do not count yet."""

from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias

import msgspec

from stream_processors.fingerprint.prints import Key
from stream_processors.fingerprint.table import (
    At,
    Entry,
    IssueRow,
    Move,
    Recall,
    Refine,
    before,
    entry_key,
    issue_key,
    load,
)

HelperSince: TypeAlias = Callable[[bytes], At | None]  # by anchor


class State(IntEnum):
    """What an entry says to an event."""

    ABSENT = 0  # nothing stands there
    MINE = 1  # this very event wrote it: it is read again
    LATER = 2  # written after this event: it did not know
    VOID = 3  # released from a helper, or its attaching was undone
    KNOWN = 4
    MOVED = 5  # by a person


def no_older_keys() -> tuple[Key, ...]:
    return ()


class Asking(msgspec.Struct, frozen=True):
    """Who asks, where it stands, and what it may look up."""

    project: int
    at: At
    recall: Recall
    helper_since: HelperSince
    older: Callable[[], tuple[Key, ...]] = no_older_keys


class Judged(msgspec.Struct, frozen=True):
    """`settled`: no later event will hear anything else before the next command.

    `released_from`: the anchor that became a helper, also when this very event has been released already.
    """

    key: Key
    state: State
    entry: Entry | None = None
    issue: bytes = b""
    settled: bool = True
    released_from: bytes = b""

    @property
    def known(self) -> bool:
        return self.state >= State.KNOWN


def judge(key: Key, asking: Asking) -> Judged:
    """What the entry of `key` says at the position of the asking event."""
    entry = load(asking.recall, entry_key(asking.project, key.digest), Entry)
    if entry is None:
        return Judged(key, State.ABSENT)
    last = last_move(entry, asking.at)
    settled = all(before((move.epoch, move.offset), asking.at) for move in entry.moves)
    state = state_of(entry, last, asking)
    released = last.anchor if state in (State.VOID, State.MINE) and is_released(last, asking) else b""
    return Judged(key, state, entry, last.issue, settled and state >= State.VOID, released)


def last_move(entry: Entry, at: At) -> Move:
    """The move that counts; the entry itself when nobody moved it."""
    past = [move for move in entry.moves if before((move.epoch, move.offset), at)]
    undone = {move.command_id for move in past if not move.issue}
    counting = [move for move in past if move.command_id not in undone]
    return counting[-1] if counting else Move(entry.epoch, entry.offset, entry.issue, "", entry.anchor, entry.opener)


def state_of(entry: Entry, last: Move, asking: Asking) -> State:
    at = (last.epoch, last.offset)
    if last.command_id:
        return State.MOVED
    if not before(at, asking.at):
        return State.MINE if at == asking.at and entry.issue else State.LATER
    if last.issue and not is_released(last, asking):
        return State.KNOWN
    mine = any((move.epoch, move.offset) == asking.at and not move.command_id for move in entry.moves)
    return State.MINE if mine else State.VOID


def is_released(last: Move, asking: Asking) -> bool:
    """Its anchor became a helper since, and it was not the opener's own."""
    if last.opener or not last.anchor:
        return False
    since = asking.helper_since(last.anchor)
    return since is not None and not_after((last.epoch, last.offset), since, asking.at)


def not_after(written: At, since: At, now: At) -> bool:
    """Whether an entry was there when its anchor became a helper: the event that taught it included.

    What was restored (offset -1) had its releases long ago.
    """
    if written[0] == since[0]:
        return 0 <= since[1] >= written[1]
    return since[0] == now[0]


class Standing(msgspec.Struct, frozen=True):
    """What counts of an issue's row: where its events go, and how it is told apart."""

    to: bytes = b""
    refine: Refine | None = None
    settled: bool = True


def standing(issue: bytes, asking: Asking) -> Standing:
    row = load(asking.recall, issue_key(issue), IssueRow)
    if row is None or not (row.redirects or row.refines):
        return Standing()
    redirects = [each for each in row.redirects if before((each.epoch, each.offset), asking.at)]
    refines = [each for each in row.refines if before((each.epoch, each.offset), asking.at)]
    settled = len(redirects) == len(row.redirects) and len(refines) == len(row.refines)
    undone = {each.command_id for each in redirects if not each.to} | {
        each.command_id for each in refines if not each.by
    }
    to = [each.to for each in redirects if each.command_id not in undone]
    finer = [each for each in refines if each.command_id not in undone]
    return Standing(to[-1] if to else b"", finer[-1] if finer else None, settled)
