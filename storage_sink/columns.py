"""Occurrences and sums as the parameters of statements: a list per column, in the order of the locks."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from schemas.kinds import LEVEL_NUMBER, MATCHED_NUMBER
from schemas.occurrence import Occurrence
from schemas.outcome import Outcome
from storage_sink.rows import Row, signed
from storage_sink.sums import Span, Sums

Cell: TypeAlias = int | str | bool | None
Columns: TypeAlias = tuple[list[Cell], ...]
TRACE_DIGITS: Final = 16  # the last ones: some trace ids begin with a time
_ENCODER: Final = msgspec.json.Encoder()


def copied(one: Occurrence, title: str) -> tuple[Cell, ...]:
    """The row of the temporary table `batch`; the issue's own `title` is not repeated."""
    return (
        one.project_id,
        one.received_at,
        one.occurred_at,
        signed(one.user),
        signed(one.key[:16]),
        signed(one.trace_id[-TRACE_DIGITS:]),
        one.issue_id,
        one.event_id,
        LEVEL_NUMBER[one.level],
        one.handled,
        MATCHED_NUMBER[one.matched],
        one.service,
        one.environment,
        one.release,
        one.route,
        None if one.title == title else one.title,
        _ENCODER.encode(one.tags).decode() if one.tags else None,
        *one.source[:2],
        *one.source[2:],
    )


def transposed(rows: Sequence[tuple[Cell, ...]], width: int) -> Columns:
    return tuple([row[column] for row in rows] for column in range(width))


def counts(sums: Sums) -> Columns:
    """issue, project, times, first, last, newest event."""
    rows = [
        (issue, span.project_id, span.times, span.first_at, span.last_at, span.last_event_id)
        for issue, span in sorted(sums.issues.items())
    ]
    return transposed(rows, 6)


def spans(by_name: Mapping[tuple[str, str], Span]) -> Columns:
    """issue, name, project, times, first, last."""
    rows = [
        (issue, name, span.project_id, span.times, span.first_at, span.last_at)
        for (issue, name), span in sorted(by_name.items())
    ]
    return transposed(rows, 6)


def days(sums: Sums) -> Columns:
    """issue, days since 1970, project, times, hours as an array's text."""
    rows = [
        (issue, day, found.project_id, sum(found.hours), "{" + ",".join(map(str, found.hours)) + "}")
        for (issue, day), found in sorted(sums.days.items())
    ]
    return transposed(rows, 5)


def hours(sums: Sums) -> Columns:
    return transposed([(*key, times) for key, times in sorted(sums.hours.items())], 6)


def stored_outcomes(sums: Sums, stage: str) -> dict[tuple[int, int, str, str], int]:
    return {(project, minute, stage, "stored"): times for (project, minute), times in sums.minutes.items()}


def told_outcomes(outcomes: Sequence[Outcome]) -> dict[tuple[int, int, str, str], int]:
    """By project, minute, stage and reason."""
    found: dict[tuple[int, int, str, str], int] = {}
    for outcome in outcomes:
        for reason, events in outcome.counts:
            key = (outcome.project_id, outcome.minute_at, outcome.stage, reason)
            found[key] = found.get(key, 0) + events
    return found


def outcome_columns(found: Mapping[tuple[int, int, str, str], int]) -> Columns:
    return transposed([(*key, events) for key, events in sorted(found.items())], 5)


def as_json(rows: Sequence[Row]) -> str:
    """The parameter of a statement that reads `rows` from JSON."""
    return _ENCODER.encode(rows).decode()
