"""What the recurrence stage remembers, by its changelog, against a count of the stored rows."""

from collections import Counter, defaultdict
from typing import Any

import msgspec

from stream_processors.recurrence.memory import COLD, HOT, Cold, Hot, cold_of, hot_of
from stream_processors.recurrence.rings import HOUR_MS, MINUTE_MS, Ring
from tests.live.running import Running
from topics.load import changelog


class Model(msgspec.Struct):
    """One issue, counted the slow way."""

    total: int
    minutes: Counter[int]
    hours: Counter[int]
    users: set[str]


def wrong(running: Running) -> list[str]:
    """A line for each number of the stage's memory that a count of the rows does not give."""
    hot, cold = remembered(running)
    models = counted(running)
    said = [f"{issue}: remembered, no row" for issue in hot.keys() - models.keys() if hot[issue].counts.total]
    for issue, model in models.items():
        said += differences(issue, model, hot.get(issue), cold.get(issue, Cold()))
    return said


def differences(issue: str, model: Model, hot: Hot | None, cold: Cold) -> list[str]:
    if hot is None:
        return [f"{issue}: {model.total} rows, not remembered"]
    pairs: list[tuple[str, Any, Any]] = [
        ("total", hot.counts.total, model.total),
        ("minutes", buckets(hot.counts.minutes), model.minutes),
        ("hours", buckets(hot.counts.hours), model.hours),
        ("users", cold.users.count, len(model.users)),
    ]
    return [f"{issue}: {name} {found} instead of {right}" for name, found, right in pairs if found != right]


def buckets(ring: Ring) -> Counter[int]:
    first = ring.newest - len(ring.counts) + 1
    return Counter({first + number: count for number, count in enumerate(ring.counts) if count})


def remembered(running: Running) -> tuple[dict[str, Hot], dict[str, Cold]]:
    """The newest value of each key; equal keys share a partition, so the log's order is theirs."""
    newest = dict(running.topic(changelog("recurrence")))
    hot = {key[1:].hex(): hot_of(value) for key, value in newest.items() if key[:1] == HOT and value}
    cold = {key[1:].hex(): cold_of(value) for key, value in newest.items() if key[:1] == COLD and value}
    return hot, cold


def counted(running: Running) -> dict[str, Model]:
    found: dict[str, Model] = defaultdict(lambda: Model(0, Counter(), Counter(), set()))
    sql = "select replace(issue_id::text, '-', '') as issue, received_at, user_hash from occurrences"
    for row in running.rows(sql):
        model = found[row["issue"]]
        model.total += 1
        model.minutes[row["received_at"] // MINUTE_MS] += 1
        model.hours[row["received_at"] // HOUR_MS] += 1
        model.users |= {row["user_hash"]} - {None}
    return dict(found)
