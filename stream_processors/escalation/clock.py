"""When which issue is due: heaps of one partition, a cache rebuilt from the index of open episodes.

A record that was due and changed since is passed over: only the state decides what fires.
"""

import heapq
from typing import Final

from stream_processors.escalation import index
from stream_processors.escalation.deadlines import quiet_at
from stream_processors.escalation.state import KIND, State, decoded, is_live
from stream_processors.escalation.timers import next_tick
from stream_processors.stage import Put, Recall

MOST: Final = 500  # issues of one tick or marker; the rest follows with the next


class Agenda:
    """Issues by instant. The newest entry of an issue counts; older ones are passed over when they come up."""

    def __init__(self) -> None:
        self.heap: list[tuple[int, bytes]] = []
        self.due: dict[bytes, int] = {}
        self.taken: list[tuple[int, bytes]] = []
        self.busy: bytes | None = None

    def note(self, issue: bytes, at: int | None) -> None:
        if at is None:
            self.due.pop(issue, None)
        elif self.due.get(issue) != at:
            self.due[issue] = at
            heapq.heappush(self.heap, (at, issue))

    def take(self, at: int) -> list[bytes]:
        """Who is due. What the last decision took and did not finish comes again, save the one it died of."""
        for entry in self.taken:
            if entry[1] == self.busy:
                self.due.pop(entry[1], None)
            else:
                heapq.heappush(self.heap, entry)
        self.taken, self.busy = [], None
        while self.heap and self.heap[0][0] <= at and len(self.taken) < MOST:
            entry = heapq.heappop(self.heap)
            if self.due.get(entry[1]) == entry[0]:
                self.taken.append(entry)
        return [issue for _, issue in self.taken]

    def done(self) -> None:
        """All that was taken is decided; `note` says what is due next."""
        for _, issue in self.taken:
            self.due.pop(issue, None)
        self.taken, self.busy = [], None


class Clock:
    """`ticking`: what the next ticks do; `quiet`: what the watermark ends."""

    def __init__(self) -> None:
        self.ticking = Agenda()
        self.quiet = Agenda()
        self.ended: set[bytes] = set()  # in this batch: their ends are not logged yet
        self.unlisted: set[bytes] = set()  # before it: the index need not name them any more
        self.began: set[bytes] = set()  # pages of the index that name an episode of this batch
        self.read_at = 0  # append time of the newest change that was read

    def note(self, issue: bytes, state: State | None) -> None:
        self.ticking.note(issue, next_tick(state.timers) if state else None)
        self.quiet.note(issue, quiet_at(state) if state else None)


def warmed(recall: Recall) -> Clock:
    clock = Clock()
    for issue in index.opened(recall):
        state = known(recall, issue)
        clock.note(issue, state)
        if state is None or not is_live(state):
            clock.unlisted.add(issue)
    return clock


def known(recall: Recall, issue: bytes) -> State | None:
    raw = recall(KIND + issue)
    return decoded(raw) if raw else None


def batch_closed(clock: Clock, recall: Recall) -> tuple[Put, ...]:
    """The index without the episodes that ended in an earlier batch and did not come back.

    Pages that name an episode of this batch are left for the next one: what closes a batch is logged last, and
    such a page must be logged before its episode.
    """
    later = {issue for issue in clock.unlisted if index.key(issue) in clock.began}
    idle = {issue for issue in clock.unlisted - later if not _lives(recall, issue)}
    clock.unlisted, clock.ended, clock.began = clock.ended | later, set(), set()
    return index.without_ended(recall, idle) if idle else ()


def _lives(recall: Recall, issue: bytes) -> bool:
    state = known(recall, issue)
    return state is not None and is_live(state)
