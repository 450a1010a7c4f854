"""Does an occurrence of a resolved issue bring it back? (alerting.md 2.3)"""

from typing import Final, TypeAlias

import msgspec

from domain.releases import Order, Releases, contains, order
from schemas.commands import ResolveHow
from schemas.issue_changed import Resolution
from schemas.occurrence import Occurrence

REOPEN: Final = "reopen"  # what a project may say about unknown releases; else `count`


class Reopens(msgspec.Struct, frozen=True):
    reason: str


class Counts(msgspec.Struct, frozen=True):
    """It is counted and nothing else."""

    reason: str


Judgement: TypeAlias = Reopens | Counts


def judge(resolution: Resolution, occurrence: Occurrence, releases: Releases, unknown_release: str) -> Judgement:
    """A weak key never reopens: it may be another error altogether."""
    if occurrence.weak:
        return Counts("weak_key")
    unknown = _unknown(resolution, occurrence, unknown_release)
    match resolution.how:
        case ResolveHow.NEXT_RELEASE:
            return _by_order(order(occurrence.release, resolution.latest, releases), (Order.AFTER,), unknown)
        case ResolveHow.RELEASE:
            found = order(occurrence.release, resolution.value, releases)
            return _by_order(found, (Order.SAME, Order.AFTER), unknown)
        case ResolveHow.COMMIT if occurrence.release:
            return _by_commit(contains(occurrence.release, resolution.value, releases))
        case ResolveHow.COMMIT:
            return unknown
        case _:
            return Counts("late") if _late(resolution, occurrence) else Reopens("resolved_now")


def _by_order(found: Order, reopening: tuple[Order, ...], unknown: Judgement) -> Judgement:
    if found is Order.UNKNOWN:
        return unknown
    return Reopens(f"release_{found}") if found in reopening else Counts("older_release")


def _by_commit(contained: bool | None) -> Judgement:
    if contained is None:
        return Counts("lineage_unknown")
    return Reopens("fix_contained") if contained else Counts("fix_not_contained")


def _unknown(resolution: Resolution, occurrence: Occurrence, unknown_release: str) -> Judgement:
    """The project's choice, but never for a late event."""
    if _late(resolution, occurrence):
        return Counts("late")
    return Reopens("release_unknown") if unknown_release == REOPEN else Counts("release_unknown")


def _late(resolution: Resolution, occurrence: Occurrence) -> bool:
    """Queued on a device, or a slow client: it happened before the issue was resolved."""
    return occurrence.occurred_at <= resolution.at
