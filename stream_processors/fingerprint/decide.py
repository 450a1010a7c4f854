"""The decision of the fingerprint stage about one record of `error-events`."""

from typing import Final

import msgspec

from domain.ids import digest
from schemas import wire
from schemas.commands import CommandResult, GroupingCommand
from schemas.marks import Marker
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected, Verdict
from stream_processors.fingerprint import blocks
from stream_processors.fingerprint.cache import Cache, Shared, warmer
from stream_processors.fingerprint.commands import ALREADY, rule
from stream_processors.fingerprint.desk import Desk
from stream_processors.fingerprint.identify import identify
from stream_processors.fingerprint.incoming import Foreign, SlimEvent, read
from stream_processors.fingerprint.occurrence import occurrence
from stream_processors.stage import Context, Emit, Input, Stage, Step

NAME: Final = "fingerprint"
SOURCE: Final = "error-events"
ISSUE_EVENTS: Final = "issue-events"
OUTCOMES: Final = "outcomes"
REDRIVE: Final = "redrive_for"
MINUTE_MS: Final = 60_000


def close(context: Context) -> Step:
    """The ids of the batch, logged last: a block proves that all before it was logged."""
    return Step(remember=blocks.close(cache_of(context).ids))


def cache_of(context: Context) -> Cache:
    if not isinstance(context.cache, Cache):
        raise TypeError("the cache of the fingerprint stage is made by its own warm")
    return context.cache


def decide(arrived: Input, context: Context) -> Verdict[Step]:
    if arrived.headers and dict(arrived.headers).get(REDRIVE, NAME.encode()) != NAME.encode():
        return Kept(Step())  # sent again for another consumer
    cache_of(context).moved_to((arrived.epoch, arrived.offset), context.recall)
    record = read(arrived.value)
    match record:
        case SlimEvent():
            return decide_event(record, arrived, context)
        case Marker():
            return Kept(pass_on(record, arrived, context))
        case GroupingCommand():
            return Kept(answer(record, arrived, context))
        case Foreign():
            return Kept(Step())
        case Rejected():
            return record


def decide_event(event: SlimEvent, arrived: Input, context: Context) -> Verdict[Step]:
    ids, at = cache_of(context).ids, (arrived.epoch, arrived.offset)
    id_ = blocks.id_of(event.project_id, event.event_id)
    seen_at = ids.seen_at(id_, context.recall)
    if seen_at is not None and seen_at != at:
        return Kept(duplicate(event, arrived))
    if seen_at == at and ids.is_logged(at, context.recall):
        return Kept(Step())
    try:
        found = identify(event, at, cache_of(context), context)
    except msgspec.DecodeError as error:
        return Rejected(Reason.SCHEMA, str(error))
    ids.add(id_, at, arrived.at)
    told = occurrence(event, found.prints, found.choice, arrived)
    emit = Emit(ISSUE_EVENTS, told.issue_id.encode(), wire.encode(told))
    return Kept(Step((emit,), found.puts))


def duplicate(event: SlimEvent, arrived: Input) -> Step:
    """An id that is known from another position: counted, not folded."""
    position = (arrived.epoch, arrived.partition, arrived.offset, 0)
    outcome = Outcome(
        outcome_id=digest("outcome", NAME, *map(str, position)),
        project_id=event.project_id,
        minute_at=arrived.at // MINUTE_MS * MINUTE_MS,
        stage=NAME,
        counts=((Reason.DUPLICATE.value, 1),),
        event_id=event.event_id,
    )
    return Step((Emit(OUTCOMES, str(event.project_id).encode(), wire.encode(outcome)),))


def pass_on(marker: Marker, arrived: Input, context: Context) -> Step:
    """A marker goes to every partition of the next log, stamped with the partition it came from."""
    ids = cache_of(context).ids
    ids.watermark_at = max(ids.watermark_at, marker.at)
    value = wire.encode(Marker(at=marker.at, origin=NAME, partition=arrived.partition))
    return Step(tuple(Emit(ISSUE_EVENTS, b"", value, partition) for partition in range(context.partitions)))


def answer(command: GroupingCommand, arrived: Input, context: Context) -> Step:
    """Every partition does its part; only the owner of the issue answers and tells the next stage."""
    owner = command.owner == arrived.partition
    ruling = rule(command, Desk((arrived.epoch, arrived.offset), context.recall, owner))
    cache_of(context).commanded()
    if not owner:
        return Step(remember=ruling.puts)
    result = CommandResult(
        command_id=command.command_id,
        project_id=command.project_id,
        issue_id=command.issue_id,
        at=arrived.at,
        applied=not ruling.refused,
        reason=ruling.refused or (ALREADY if ruling.repeated else ""),
    )
    news = () if ruling.refused or ruling.repeated else ruling.news
    emits = [Emit(ISSUE_EVENTS, each.issue_id.encode(), wire.encode(each)) for each in news]
    emits.append(Emit(ISSUE_EVENTS, command.issue_id.encode(), wire.encode(result)))
    return Step(tuple(emits), ruling.puts)


def make_stage(shared: Shared) -> Stage:
    """`shared` holds what all partitions of a process may use together."""
    return Stage(name=NAME, sources=(SOURCE,), decide=decide, warm=warmer(shared), close=close)


STAGE: Final = make_stage(Shared())
