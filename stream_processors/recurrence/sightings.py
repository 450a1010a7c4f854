"""Where an issue was seen: the newest 32 releases and environments; and milestones, once each."""

from typing import Final

import msgspec

from schemas.occurrence import Occurrence
from stream_processors.recurrence.memory import Cold, Counts, Reached, Sighting
from stream_processors.recurrence.rings import DAY_MS, MINUTE_MS
from stream_processors.recurrence.users import met

KEPT: Final = 32
NAME_BYTES: Final = 2048  # of all names of one kind together
AGES: Final = (7, 30, 90)


class Noted(msgspec.Struct, frozen=True):
    cold: Cold
    milestones: tuple[str, ...]


def noted(before: Cold, occurrence: Occurrence, counts: Counts) -> Noted:
    """`counts` has the occurrence in it. The same cold record when it taught nothing."""
    at = occurrence.received_at
    users = met(before.users, occurrence.user, at)
    releases = sighted(before.releases, occurrence.release, at)
    environments = sighted(before.environments, occurrence.environment, at)
    age_days = (at - counts.first_at) // DAY_MS
    reached, passed = _reached(before.reached, counts.total, users.count, age_days)
    firsts = (
        *_first("environment", before.environments, occurrence.environment),
        *_first("release", before.releases, occurrence.release),
    )
    after = (users, releases, environments, reached)
    if after == (before.users, before.releases, before.environments, before.reached):
        return Noted(before, ())
    return Noted(Cold(before.layout, before.seq + 1, *after), (*passed, *firsts))


def sighted(known: tuple[Sighting, ...], name: str, at: int) -> tuple[Sighting, ...]:
    """Newest last. An instant within a minute of the known one is not worth a write."""
    if not name:
        return known
    mine = next((one for one in known if one.name == name), None)
    if mine is None:
        return _fitting((*known, Sighting(name, at, at)))
    if mine.first_at <= at < mine.last_at + MINUTE_MS:
        return known
    others = tuple(one for one in known if one is not mine)
    return _fitting((*others, Sighting(name, min(mine.first_at, at), max(mine.last_at, at))))


def _fitting(known: tuple[Sighting, ...]) -> tuple[Sighting, ...]:
    kept = tuple(sorted(known, key=lambda one: one.last_at))[-KEPT:]
    while len(kept) > 1 and sum(len(one.name.encode()) for one in kept) > NAME_BYTES:
        kept = kept[1:]
    return kept


def _first(kind: str, known: tuple[Sighting, ...], name: str) -> tuple[str, ...]:
    return () if not name or any(one.name == name for one in known) else (f"{kind}:{name}",)


def _reached(before: Reached, total: int, users: int, days: int) -> tuple[Reached, tuple[str, ...]]:
    """Totals 1, 10, 100 ...; users 10, 100 ...; 7, 30, 90 days of age."""
    told: list[str] = []
    totals, crowds = before.total, before.users
    while total >= 10**totals:
        told.append(f"total:{10**totals}")
        totals += 1
    while users >= 10 ** (crowds + 1):
        crowds += 1
        told.append(f"users:{10**crowds}")
    told += [f"age:{age}d" for age in AGES if before.days < age <= days]
    reached = max((age for age in AGES if age <= days), default=0)
    return Reached(totals, crowds, max(before.days, reached)), tuple(told)
