"""Each event once: what the claims of a store say about a batch."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from domain.ids import digest
from schemas.commands import IssueCommand, IssueCommandKind
from schemas.occurrence import Occurrence
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.record import Position

SERVICE: Final = "sink-postgres"
MINUTE_MS: Final = 60_000
Claim: TypeAlias = tuple[int, str]  # project, event id


def claim(occurrence: Occurrence) -> Claim:
    return occurrence.project_id, occurrence.event_id


def once(occurrences: Iterable[Occurrence]) -> tuple[dict[Claim, Occurrence], list[Occurrence]]:
    """The first of each event, and the repeats, which the store need not see."""
    first: dict[Claim, Occurrence] = {}
    repeats = [one for one in occurrences if first.setdefault(claim(one), one) is not one]
    return first, repeats


def duplicates(refused: Iterable[Occurrence], claims: Mapping[Claim, Position]) -> list[Occurrence]:
    """Those whose event was claimed from another position: counted twice by the stage.

    The same position is an upstream repeat, which the stage did not count: nothing.
    """
    return [one for one in refused if claims.get(claim(one), one.source) != one.source]


def discount(occurrence: Occurrence) -> IssueCommand:
    """Tells recurrence to subtract once what it counted at this position. The same id at every replay."""
    position = map(str, occurrence.source)
    return IssueCommand(
        command_id=digest("discount", occurrence.issue_id, occurrence.event_id, *position),
        project_id=occurrence.project_id,
        issue_id=occurrence.issue_id,
        kind=IssueCommandKind.DISCOUNT,
        actor=f"service:{SERVICE}",
        at=occurrence.received_at,
        event_id=occurrence.event_id,
        position=occurrence.source,
        received_at=occurrence.received_at,
    )


def duplicate(occurrence: Occurrence) -> Outcome:
    return Outcome(
        outcome_id=digest("outcome", *map(str, occurrence.source)),
        project_id=occurrence.project_id,
        minute_at=occurrence.received_at - occurrence.received_at % MINUTE_MS,
        stage=SERVICE,
        counts=((Reason.DUPLICATE, 1),),
        event_id=occurrence.event_id,
    )


def dead(occurrence: Occurrence) -> Outcome:
    """The store will never take this row; its dead letter says why."""
    return Outcome(
        outcome_id=digest("outcome", SERVICE, "dead", *map(str, occurrence.source)),
        project_id=occurrence.project_id,
        minute_at=occurrence.received_at - occurrence.received_at % MINUTE_MS,
        stage=SERVICE,
        counts=(("dead_letter", 1),),
        event_id=occurrence.event_id,
    )
