"""The decision of the escalation stage about one record of `issue-changes` or `ticks`."""

from typing import Final

import msgspec

from domain.snapshot import Snapshot
from schemas import wire
from schemas.alert_step import Stamps
from schemas.commands import CommandResult, EpisodeCommand, EpisodeCommandKind
from schemas.issue_changed import IssueChanged, IssueSnapshot
from schemas.kinds import Severity, Status
from schemas.marks import Marker, Tick
from schemas.verdict import Kept, Rejected, Verdict
from stream_processors import watermark
from stream_processors.escalation.clock import Agenda, Clock, batch_closed, known, warmed
from stream_processors.escalation.commands import commanded
from stream_processors.escalation.deadlines import fell_quiet, ticked
from stream_processors.escalation.hearing import heard
from stream_processors.escalation.opening import closed
from stream_processors.escalation.state import LAYOUT, State, key
from stream_processors.escalation.timers import timely
from stream_processors.escalation.turn import Scene, Turn
from stream_processors.escalation.writing import NAME, SINK, Decided, emitted, noted, written
from stream_processors.marks import Arrival, Marks, Seen, command_root, folded, judge
from stream_processors.stage import Context, Emit, Input, Put, Recall, Stage, Step

CHANGES: Final = "issue-changes"
TICKS: Final = "ticks"
UNKNOWN_ISSUE: Final = "unknown_issue"
OTHER_PROJECT: Final = "other_project"
FORGOTTEN: Final = "forgotten"
UNKNOWN: Final = IssueSnapshot(status=Status.NEW, severity=Severity.LOW)


def warm(recall: Recall) -> object:
    return warmed(recall)


def close(context: Context) -> Step:
    return Step(remember=batch_closed(clock_of(context), context.recall))


def clock_of(context: Context) -> Clock:
    if not isinstance(context.cache, Clock):
        raise TypeError("the cache of the escalation stage is made by its own warm")
    return context.cache


def decide(arrived: Input, context: Context) -> Verdict[Step]:
    record, clock = wire.read(arrived.value), clock_of(context)
    if arrived.topic == CHANGES:
        clock.read_at = max(clock.read_at, arrived.at)
    match record:
        case IssueChanged():
            return Kept(decide_change(record, arrived, context))
        case Tick():
            return Kept(decide_tick(record, arrived, context))
        case EpisodeCommand():
            return Kept(decide_command(record, arrived, context))
        case Marker():
            return Kept(decide_marker(record, arrived, context))
        case Rejected():
            return record
        case _:
            return Kept(Step())


def decide_change(change: IssueChanged, arrived: Input, context: Context) -> Step:
    before = known(context.recall, bytes.fromhex(change.issue_id)) or State(LAYOUT, 0, Marks(), change.project_id)
    arrival = _arrival(change, arrived)
    if judge(before.marks, arrival) is not Seen.NEW:
        return Step()
    scene = Scene(
        issue_id=change.issue_id,
        at=change.at,
        settings=context.settings,
        brief=change.issue,
        stamps=Stamps(received_at=change.at if change.source else 0, changed_at=change.at),
    )
    turn = heard(before, change, scene)
    if turn.state is before:  # nothing to remember, so nothing to mark: read again, it does nothing again
        return Step(tuple(emitted(change.issue_id, step) for step in turn.steps))
    return _remembered(Decided(change.issue_id, before, _marked(turn, before, arrival)), context)


def decide_command(command: EpisodeCommand, arrived: Input, context: Context) -> Step:
    before = known(context.recall, bytes.fromhex(command.issue_id))
    if before is None:
        forgotten = command.kind is EpisodeCommandKind.FORGET
        return Step(() if forgotten else (_answer(command, UNKNOWN_ISSUE),))
    arrival = Arrival(arrived.epoch, arrived.offset, id=command.command_id)
    if judge(before.marks, arrival) is not Seen.NEW:
        return Step()
    if command.kind is EpisodeCommandKind.FORGET:
        return _forgotten(command, before, context)
    if command.project_id != before.project_id:
        turn = Turn(before, refused=OTHER_PROJECT)
    else:
        turn = commanded(before, command, _scene(command.issue_id, command.at, before, context.settings))
    step = _remembered(Decided(command.issue_id, before, _marked(turn, before, arrival)), context)
    return Step((*step.emit, _answer(command, turn.refused)), step.remember)


def decide_tick(tick: Tick, arrived: Input, context: Context) -> Step:
    """Ticks carry no mark: a timer fires by being removed. One of the past is passed over."""
    clock, decided = clock_of(context), []
    if not timely(tick.at, arrived.at, clock.read_at):
        return Step()
    agenda = clock.ticking
    for issue in agenda.take(tick.at):
        before = _due(agenda, issue, context.recall)
        if before is not None:
            turn = ticked(before, _scene(issue.hex(), tick.at, before, context.settings))
            decided.append(Decided(issue.hex(), before, _counted(turn, before)))
    return _finished(agenda, decided, context)


def decide_marker(marker: Marker, arrived: Input, context: Context) -> Step:
    """Recurrence speaks for its own partition, whose changes all come here: one upstream partition.

    The marker goes on to `alerts`, behind all that it made the stage say.
    """
    found = watermark.passed(Marker(at=marker.at, origin=marker.origin, partition=0), context.recall, 1)
    if not found.rose or found.put is None:
        return Step()
    agenda, decided = clock_of(context).quiet, []
    for issue in agenda.take(found.watermark):
        before = _due(agenda, issue, context.recall)
        if before is not None:
            turn = fell_quiet(before, found.watermark, _scene(issue.hex(), marker.at, before, context.settings))
            decided.append(Decided(issue.hex(), before, _counted(turn, before)))
    step = _finished(agenda, decided, context)
    passed_on = Marker(at=found.watermark, origin=NAME, partition=arrived.partition)
    emit = Emit(SINK, b"", wire.encode(passed_on), arrived.partition)
    return Step((*step.emit, emit), (*step.remember, found.put))


def _due(agenda: Agenda, issue: bytes, recall: Recall) -> State | None:
    agenda.busy = issue
    return known(recall, issue)


def _scene(issue_id: str, at: int, state: State, settings: Snapshot) -> Scene:
    return Scene(issue_id=issue_id, at=at, settings=settings, brief=state.brief or UNKNOWN)


def _arrival(change: IssueChanged, arrived: Input) -> Arrival:
    root = change.source
    if root is None and change.command_source is not None:
        root = command_root(change.command_source)
    return Arrival(arrived.epoch, arrived.offset, root, change.change_id)


def _marked(turn: Turn, before: State, arrival: Arrival) -> Turn:
    state = msgspec.structs.replace(turn.state, seq=before.seq + 1, marks=folded(before.marks, arrival))
    return msgspec.structs.replace(turn, state=state)


def _counted(turn: Turn, before: State) -> Turn:
    return msgspec.structs.replace(turn, state=msgspec.structs.replace(turn.state, seq=before.seq + 1))


def _remembered(decided: Decided, context: Context) -> Step:
    step = written((decided,), context)
    noted((decided,), clock_of(context))
    return step


def _finished(agenda: Agenda, decided: list[Decided], context: Context) -> Step:
    step = written(decided, context)
    agenda.done()
    noted(decided, clock_of(context))
    return step


def _forgotten(command: EpisodeCommand, before: State, context: Context) -> Step:
    """Nothing of the issue stays; an episode that is still open ends first."""
    clock, issue = clock_of(context), bytes.fromhex(command.issue_id)
    scene = _scene(command.issue_id, command.at, before, context.settings)
    told = tuple(emitted(command.issue_id, step) for step in closed(Turn(before), scene, FORGOTTEN).steps)
    clock.note(issue, None)
    clock.ended.add(issue)
    return Step(told, (Put(key(command.issue_id), None),))


def _answer(command: EpisodeCommand, refused: str) -> Emit:
    result = CommandResult(
        command_id=command.command_id,
        project_id=command.project_id,
        issue_id=command.issue_id,
        at=command.at,
        applied=not refused,
        reason=refused,
    )
    return Emit(SINK, command.issue_id.encode(), wire.encode(result))


STAGE: Final = Stage(name=NAME, sources=(CHANGES, TICKS), fleeting=(TICKS,), decide=decide, warm=warm, close=close)
