"""Facts into tables, inside one transaction that the caller opened."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

import msgspec
import psycopg

from schemas.occurrence import Occurrence
from schemas.outcome import Outcome
from schemas.record import Position, Record
from storage_sink import claims, columns
from storage_sink import facts as found
from storage_sink import statements as history
from storage_sink import statements_trail as trail
from storage_sink.claims import Claim
from storage_sink.facts import Facts
from storage_sink.positions import Place, Progress
from storage_sink.rows import IssueRow, Row
from storage_sink.sums import summed
from storage_sink.traits import Known, Traits

Connection = psycopg.Connection[tuple[Any, ...]]


class Written(NamedTuple):
    """`told` must be acknowledged on its topics before the commit; `traits` are known after it."""

    told: tuple[Record, ...]
    traits: Traits


def lock_places(connection: Connection, first: Mapping[Place, Progress], at: int) -> dict[Place, Progress]:
    """What the store has of these partitions; other writers of them wait until this transaction ends.

    A partition that is new begins at its first message.
    """
    given = _places(first) | {"at": at}
    connection.execute(history.BEGIN_PLACES, given)
    rows = connection.execute(history.LOCK_PLACES, given)
    return {(topic, partition): Progress(epoch, offset) for topic, partition, epoch, offset in rows}


def advance(connection: Connection, last: Mapping[Place, Progress], watermarks: Sequence[int], at: int) -> None:
    connection.execute(history.ADVANCE, _places(last) | {"watermarks": list(watermarks), "at": at})


def positions(connection: Connection) -> dict[Place, Progress]:
    rows = connection.execute(history.POSITIONS)
    return {(topic, partition): Progress(epoch, offset) for topic, partition, epoch, offset in rows}


def write(connection: Connection, batch: Facts, known: Known) -> Written:
    """Every fact once."""
    titles = ensure_issues(connection, batch)
    written = store_occurrences(connection, [seen.occurrence for seen in batch.seen], titles, known)
    _rows(connection, trail.KEYS, [key for seen in batch.seen for key in seen.keys])
    _rows(connection, trail.SNAPSHOTS, found.newest_snapshots(batch))
    _rows(connection, trail.ACTIVITY, [changed.activity for changed in batch.changed if changed.activity])
    _rows(connection, trail.STEPS, [stepped.row for stepped in batch.stepped])
    _columns(connection, trail.ALERTING, columns.transposed(found.alerting(batch), 2))
    _rows(connection, trail.RESULTS, batch.results)
    count_outcomes(connection, [told.outcome for told in batch.told])
    _columns(connection, trail.DOORS, columns.transposed(found.doors(batch), 4))
    return written


def ensure_issues(connection: Connection, batch: Facts) -> dict[str, str]:
    """Every issue of the batch has its row afterwards. Returns the titles."""
    wanted = found.issue_ids(batch)
    if not wanted:
        return {}
    titles = _titles(connection, wanted)
    missing = [issue_id for issue_id in wanted if issue_id not in titles]
    if missing:
        rows = number(connection, found.first_sights(batch, missing))
        connection.execute(history.ISSUES, {"rows": columns.as_json(rows)})
        titles |= _titles(connection, missing)
    return titles


def number(connection: Connection, rows: Sequence[IssueRow]) -> list[IssueRow]:
    """Short numbers per project, by first sight. One that another writer's row wins is left unused."""
    wanted: dict[int, int] = {}
    for row in rows:
        wanted[row.project_id] = wanted.get(row.project_id, 0) + 1
    given = columns.transposed(sorted(wanted.items()), 2)
    last: dict[int, int] = dict(connection.execute(history.NUMBERS, given).fetchall())
    numbered = []
    for row in sorted(rows, key=lambda row: (row.first_seen_at, row.issue_id)):
        wanted[row.project_id] -= 1
        numbered.append(msgspec.structs.replace(row, number=last[row.project_id] - wanted[row.project_id]))
    return numbered


def store_occurrences(
    connection: Connection, occurrences: Sequence[Occurrence], titles: Mapping[str, str], known: Known
) -> Written:
    """Each event once, and its sums; those whose event was claimed before are answered."""
    first, repeats = claims.once(occurrences)
    if not first:
        return Written((), Traits((), known))
    with connection.cursor().copy(history.COPY) as copy:
        for one in first.values():
            copy.write_row(columns.copied(one, titles[one.issue_id]))
    claimed = set(connection.execute(history.STORE).fetchall())
    stored = [one for claim, one in first.items() if claim in claimed]
    count(connection, stored)
    traits = Traits(stored, known)
    _columns(connection, trail.TAGS, traits.tag_columns())
    _columns(connection, trail.USERS, traits.user_columns())
    refused = [one for claim, one in first.items() if claim not in claimed] + repeats
    twice = claims.duplicates(refused, claims_of(connection, refused))
    return Written(tuple(told for one in twice for told in (claims.discount(one), claims.duplicate(one))), traits)


def claims_of(connection: Connection, refused: Sequence[Occurrence]) -> dict[Claim, Position]:
    if not refused:
        return {}
    rows = connection.execute(history.CLAIMS, ([one.project_id for one in refused], [one.event_id for one in refused]))
    return {(project, event): (epoch, part, offset, index) for project, event, epoch, part, offset, index in rows}


def count(connection: Connection, stored: Sequence[Occurrence]) -> None:
    sums = summed(stored)
    _columns(connection, history.COUNTS, columns.counts(sums))
    _columns(connection, history.ENVIRONMENTS, columns.spans(sums.environments))
    _columns(connection, history.RELEASES, columns.spans(sums.releases))
    _columns(connection, history.DAILY, columns.days(sums))
    _columns(connection, history.HOURLY, columns.hours(sums))
    _columns(connection, trail.OUTCOMES, columns.outcome_columns(columns.stored_outcomes(sums, claims.SERVICE)))


def count_outcomes(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Each outcome once: a writer that died sends its own again."""
    if not outcomes:
        return
    first = {outcome.outcome_id: outcome for outcome in outcomes}
    given = ([*first], [outcome.minute_at for outcome in first.values()])
    new = [first[outcome_id] for (outcome_id,) in connection.execute(trail.OUTCOME_CLAIMS, given)]
    _columns(connection, trail.OUTCOMES, columns.outcome_columns(columns.told_outcomes(new)))


def _titles(connection: Connection, issue_ids: list[str]) -> dict[str, str]:
    return dict(connection.execute(history.TITLES, (issue_ids,)).fetchall())


def _rows(connection: Connection, statement: LiteralString, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(statement, (columns.as_json(rows),))


def _columns(connection: Connection, statement: LiteralString, given: columns.Columns) -> None:
    if given[0]:
        connection.execute(statement, given)


def _places(progress: Mapping[Place, Progress]) -> dict[str, Any]:
    return {
        "topics": [topic for topic, _ in progress],
        "partitions": [partition for _, partition in progress],
        "epochs": [one.epoch for one in progress.values()],
        "offsets": [one.next_offset for one in progress.values()],
    }
