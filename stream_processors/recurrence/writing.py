"""From a folded record to what the stage emits and remembers."""

from typing import Final

import msgspec

from domain.ids import digest
from schemas import wire
from schemas.issue_changed import IssueChanged
from schemas.outcome import Outcome
from schemas.reasons import Reason
from stream_processors.recurrence.caps import packed_cold, packed_hot
from stream_processors.recurrence.changes import Cause, changes
from stream_processors.recurrence.fold import Folded
from stream_processors.recurrence.memory import Hot, Memory, cold_key, hot_key
from stream_processors.recurrence.rings import MINUTE_MS
from stream_processors.recurrence.shelf import Shelf
from stream_processors.stage import Emit, Input, Put

NAME: Final = "recurrence"
SINK: Final = "issue-changes"
OUTCOMES: Final = "outcomes"


class Written(msgspec.Struct, frozen=True):
    changes: tuple[IssueChanged, ...]
    emit: tuple[Emit, ...]
    remember: tuple[Put, ...]


def written(folded: Folded, cause: Cause, before: Memory, shelf: Shelf) -> Written:
    """The cold record first: it may be ahead of the one with the marks, never behind."""
    drafts, after = folded.drafts, folded.memory
    if drafts:
        hot = msgspec.structs.replace(after.hot, changes=after.hot.changes + len(drafts))
        after = Memory(hot, after.cold)
    told = changes(drafts, cause, after)
    puts, cut = _puts(cause.issue_id, before, after, shelf)
    emits = tuple(Emit(SINK, cause.issue_id.encode(), wire.encode(change)) for change in told)
    if cut and after.hot.active_minute != before.hot.active_minute:
        emits = (*emits, state_full(after.hot, cause))
    return Written(told, emits, puts)


def placed(emits: tuple[Emit, ...], arrived: Input) -> tuple[Emit, ...]:
    """Changes keep the partition of their cause: a marker there speaks for all that this partition told."""
    return tuple(
        msgspec.structs.replace(emit, partition=arrived.partition) if emit.topic == SINK else emit for emit in emits
    )


def state_full(hot: Hot, cause: Cause) -> Emit:
    """Something was left out of a record to keep it within its size: said once a minute."""
    outcome = Outcome(
        outcome_id=digest("outcome", NAME, Reason.STATE_FULL, cause.id),
        project_id=hot.project_id,
        minute_at=cause.at // MINUTE_MS * MINUTE_MS,
        stage=NAME,
        counts=((Reason.STATE_FULL.value, 1),),
    )
    return Emit(OUTCOMES, str(hot.project_id).encode(), wire.encode(outcome))


def _puts(issue_id: str, before: Memory, after: Memory, shelf: Shelf) -> tuple[tuple[Put, ...], bool]:
    key = hot_key(issue_id)
    hot = packed_hot(after.hot)
    if not hot.cut:
        shelf.hots.put(key, hot.raw, after.hot)
    if after.cold is before.cold:
        return (Put(key, hot.raw),), hot.cut
    cold, cold_at = packed_cold(after.cold), cold_key(issue_id)
    if not cold.cut:
        shelf.colds.put(cold_at, cold.raw, after.cold)
    return (Put(cold_at, cold.raw), Put(key, hot.raw)), hot.cut or cold.cut
