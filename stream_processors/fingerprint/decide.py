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
from stream_processors.fingerprint.blocks import Ids
from stream_processors.fingerprint.choose import Asking, choose
from stream_processors.fingerprint.fingerprint import fingerprints
from stream_processors.fingerprint.helpers import is_starter
from stream_processors.fingerprint.incoming import Foreign, SlimEvent, read
from stream_processors.fingerprint.occurrence import occurrence
from stream_processors.fingerprint.slim import FRAMES, SlimFrame
from stream_processors.fingerprint.table import At, Recall
from stream_processors.stage import Context, Emit, Input, Stage, Step

NAME: Final = "fingerprint"
SOURCE: Final = "error-events"
ISSUE_EVENTS: Final = "issue-events"
OUTCOMES: Final = "outcomes"
MINUTE_MS: Final = 60_000


class Cache(msgspec.Struct):
    """What a partition holds in memory. Only the ids are more than a shortcut."""

    ids: Ids


def warm(recall: Recall) -> Cache:
    return Cache(blocks.warm(recall))


def close(context: Context) -> Step:
    """The ids of the batch, logged last: a block proves that all before it was logged."""
    return Step(remember=blocks.close(cache_of(context).ids, context.recall))


def cache_of(context: Context) -> Cache:
    if not isinstance(context.cache, Cache):
        raise TypeError("the cache of the fingerprint stage is made by its own warm")
    return context.cache


def decide(arrived: Input, context: Context) -> Verdict[Step]:
    record = read(arrived.value)
    match record:
        case SlimEvent():
            return decide_event(record, arrived, context)
        case Marker():
            return Kept(pass_on(record, arrived, context))
        case GroupingCommand():
            return Kept(answer(record, arrived))
        case Foreign():
            return Kept(Step())
        case Rejected():
            return record


def decide_event(event: SlimEvent, arrived: Input, context: Context) -> Verdict[Step]:
    ids, at = cache_of(context).ids, (arrived.epoch, arrived.offset)
    id_ = blocks.id_of(event.project_id, event.event_id)
    seen_at = ids.seen_at(id_)
    if seen_at is not None and seen_at != at:
        return Kept(duplicate(event, arrived))
    if seen_at == at and ids.is_logged(at, context.recall):
        return Kept(Step())
    try:
        frames = frames_of(event)
    except msgspec.DecodeError as error:
        return Rejected(Reason.SCHEMA, str(error))
    prints = fingerprints(event, frames, is_starter)
    choice = choose(prints, Asking(event.project_id, at, context.recall, never_promoted))
    ids.add(id_, at, arrived.at)
    found = occurrence(event, prints, choice, arrived)
    emit = Emit(ISSUE_EVENTS, found.issue_id.encode(), wire.encode(found))
    return Kept(Step((emit,), choice.puts))


def frames_of(event: SlimEvent) -> tuple[SlimFrame, ...]:
    return FRAMES.decode(event.exceptions[event.root].frames) if event.root >= 0 else ()


def never_promoted(anchor: bytes) -> At | None:
    return None


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


def answer(command: GroupingCommand, arrived: Input) -> Step:
    """Only the partition that owns the issue answers."""
    if command.owner != arrived.partition:
        return Step()
    result = CommandResult(
        command_id=command.command_id,
        project_id=command.project_id,
        issue_id=command.issue_id,
        at=arrived.at,
        applied=False,
        reason="unknown_issue",
    )
    return Step((Emit(ISSUE_EVENTS, command.issue_id.encode(), wire.encode(result)),))


STAGE: Final = Stage(name=NAME, sources=(SOURCE,), decide=decide, warm=warm, close=close)
