"""The decision of the recurrence stage about one record of `issue-events`."""

from typing import Final

import msgspec

from schemas import wire
from schemas.commands import CommandResult, EpisodeCommand, EpisodeCommandKind, IssueCommand, IssueCommandKind
from schemas.marks import Marker
from schemas.occurrence import Occurrence
from schemas.record import Position
from schemas.verdict import Kept, Rejected, Verdict
from stream_processors import watermark
from stream_processors.marks import Arrival, Marks, Seen, folded, judge
from stream_processors.recurrence.applying import Answered, answered
from stream_processors.recurrence.changes import Cause
from stream_processors.recurrence.counting import taken_back
from stream_processors.recurrence.fold import Folded, fold
from stream_processors.recurrence.memory import Hot, Memory, cold_key, hot_key
from stream_processors.recurrence.progress import unborn
from stream_processors.recurrence.pulses import beaten
from stream_processors.recurrence.shelf import Shelf
from stream_processors.recurrence.writing import NAME, SINK, placed, written
from stream_processors.stage import Context, Emit, Input, Put, Recall, Stage, Step, nothing_to_close
from stream_processors.stamp import REDRIVE

SOURCE: Final = "issue-events"
UNKNOWN_ISSUE: Final = "unknown_issue"
NOT_A_PULSE: Final = "not_a_pulse"
UNANSWERED: Final = frozenset(
    {  # by machines that do not ask, or answered where the grouping is decided
        IssueCommandKind.OBSERVE,
        IssueCommandKind.DISCOUNT,
        IssueCommandKind.MERGED,
        IssueCommandKind.SPLIT,
    }
)
close = nothing_to_close


def warm(recall: Recall) -> object:
    return Shelf()


def shelf_of(context: Context) -> Shelf:
    if not isinstance(context.cache, Shelf):
        raise TypeError("the cache of the recurrence stage is made by its own warm")
    return context.cache


def decide(arrived: Input, context: Context) -> Verdict[Step]:
    record = wire.read(arrived.value)
    match record:
        case Occurrence():
            return Kept(decide_occurrence(record, arrived, context))
        case IssueCommand():
            return Kept(decide_command(record, arrived, context))
        case Marker():
            return Kept(pass_on(record, arrived, context))
        case CommandResult():
            return Kept(Step((Emit(SINK, arrived.key, arrived.value, arrived.partition),)))
        case Rejected():
            return record
        case _:
            return Kept(Step())


def decide_occurrence(seen: Occurrence, arrived: Input, context: Context) -> Step:
    shelf, key = shelf_of(context), hot_key(seen.issue_id)
    hot = shelf.hot(key, context.recall) or unborn(seen.project_id, seen.received_at)
    arrival = _arrival(seen, arrived)
    if judge(hot.marks, arrival) is not Seen.NEW:
        return Step()
    before = Memory(hot, shelf.cold(cold_key(seen.issue_id), context.recall))
    project = shelf.book.project(seen.project_id, context.settings)
    after = fold(before, seen, project, folded(hot.marks, arrival))
    cause = Cause(
        issue_id=seen.issue_id,
        kind="event",
        id=seen.event_id,
        at=seen.received_at,
        source=seen.source,
        settings_offset=context.settings.offset,
    )
    found = written(after, cause, before, shelf)
    return Step(placed(found.emit, arrived), found.remember)


def decide_command(command: IssueCommand, arrived: Input, context: Context) -> Step:
    shelf, key = shelf_of(context), hot_key(command.issue_id)
    hot = shelf.hot(key, context.recall)
    if hot is None and command.kind is IssueCommandKind.OBSERVE:
        hot = unborn(command.project_id, command.minute_at or command.at)
    if hot is None:
        return Step(_answer(command, arrived, UNKNOWN_ISSUE))
    arrival = Arrival(arrived.epoch, arrived.offset, id=command.command_id)
    if judge(hot.marks, arrival) is not Seen.NEW:
        return Step()
    before = Memory(hot, shelf.cold(cold_key(command.issue_id), context.recall))
    if command.kind is IssueCommandKind.FORGET:
        return forgotten(command, arrived)
    found = _commanded(command, before, folded(hot.marks, arrival), context)
    change = written(found.folded, _cause(command, arrived, context), before, shelf)
    answer = _answer(command, arrived, found.refused, change.changes[0].change_id if change.changes else "")
    return Step((*placed(change.emit, arrived), *answer), change.remember)


def forgotten(command: IssueCommand, arrived: Input) -> Step:
    """Nothing of the issue stays, here or in the next stage."""
    passed_on = EpisodeCommand(
        command_id=command.command_id,
        project_id=command.project_id,
        issue_id=command.issue_id,
        kind=EpisodeCommandKind.FORGET,
        actor=command.actor,
        at=command.at,
    )
    emit = Emit(SINK, command.issue_id.encode(), wire.encode(passed_on), arrived.partition)
    puts = (Put(cold_key(command.issue_id), None), Put(hot_key(command.issue_id), None))
    return Step((emit, *_answer(command, arrived, "")), puts)


def pass_on(marker: Marker, arrived: Input, context: Context) -> Step:
    """The least of all upstream partitions, into our own partition of the next log: keys keep their number there."""
    found = watermark.passed(marker, context.recall, context.partitions)
    puts = (found.put,) if found.put else ()
    if not found.rose:
        return Step(remember=puts)
    value = wire.encode(Marker(at=found.watermark, origin=NAME, partition=arrived.partition))
    return Step((Emit(SINK, b"", value, arrived.partition),), puts)


def _arrival(seen: Occurrence, arrived: Input) -> Arrival:
    """A record sent again from the dead letters is known by its id: its place may lie below the mark."""
    if any(name == REDRIVE for name, _ in arrived.headers):
        return Arrival(arrived.epoch, arrived.offset, id=seen.redrive_id or seen.event_id)
    return Arrival(arrived.epoch, arrived.offset, seen.source, seen.event_id)


def _commanded(command: IssueCommand, before: Memory, marks: Marks, context: Context) -> Answered:
    project = shelf_of(context).book.project(before.hot.project_id, context.settings)
    match command.kind:
        case IssueCommandKind.OBSERVE if before.hot.counts.total and not before.hot.pulse:
            return Answered(Folded(before), NOT_A_PULSE)
        case IssueCommandKind.OBSERVE:
            return Answered(beaten(before, command, project, marks))
        case IssueCommandKind.DISCOUNT:
            return Answered(Folded(Memory(_discounted(before.hot, command, marks), before.cold)))
        case _:
            return answered(before, command, project, marks)


def _discounted(hot: Hot, command: IssueCommand, marks: Marks) -> Hot:
    """The store already had this event from another position: taken back once, if it was counted here."""
    known = command.position is not None and _was_folded(hot.marks, command.position)
    counts = taken_back(hot.counts, command.received_at or command.at) if known else hot.counts
    return msgspec.structs.replace(hot, seq=hot.seq + 1, marks=marks, counts=counts)


def _was_folded(marks: Marks, position: Position) -> bool:
    epoch, partition, offset, _ = position
    root = marks.roots.get(partition)
    return root is not None and (root.epoch != epoch or offset <= root.offset)


def _cause(command: IssueCommand, arrived: Input, context: Context) -> Cause:
    return Cause(
        issue_id=command.issue_id,
        kind="command",
        id=command.command_id,
        at=command.at,
        command_source=(arrived.epoch, arrived.partition, arrived.offset, 0),
        actor=command.actor,
        settings_offset=context.settings.offset,
    )


def _answer(command: IssueCommand, arrived: Input, refused: str, change_id: str = "") -> tuple[Emit, ...]:
    if command.kind in UNANSWERED:
        return ()
    result = CommandResult(
        command_id=command.command_id,
        project_id=command.project_id,
        issue_id=command.issue_id,
        at=command.at,
        applied=not refused,
        reason=refused,
        change_id=change_id,
    )
    return (Emit(SINK, command.issue_id.encode(), wire.encode(result), arrived.partition),)


STAGE: Final = Stage(name=NAME, sources=(SOURCE,), decide=decide, warm=warm, close=close)
