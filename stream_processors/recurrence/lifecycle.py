"""How an occurrence moves the status of its issue (alerting.md 2.2). The clock is `received_at`."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from schemas.issue_changed import Resolution, Wake
from schemas.kinds import ChangeKind, Status
from schemas.occurrence import Occurrence
from stream_processors.recurrence.counting import Within
from stream_processors.recurrence.memory import Standing
from stream_processors.recurrence.projects import Project
from stream_processors.recurrence.regression import Counts, judge
from stream_processors.recurrence.rings import DAY_MS, MINUTE_MS

SETTLED_MS: Final = 7 * DAY_MS
CALM_MS: Final = 60 * MINUTE_MS
ESCALATING: Final = "escalating"  # what wakes an ignored issue


class Told(msgspec.Struct, frozen=True):
    """A change to be told, still without the issue around it."""

    kind: ChangeKind
    reason: str = ""
    before: str = ""
    actor: str = ""


class Turn(msgspec.Struct, frozen=True):
    """`fresh`: the issue opens, its rules may be met at once. `counts`: why a closed one was counted only."""

    standing: Standing
    told: tuple[Told, ...] = ()
    fresh: bool = False
    regressed: bool = False
    woke: bool = False
    counts: str = ""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What a status may turn on. `standing` is the one before; `hit` and `spiking`: verdicts D and E, just now."""

    standing: Standing
    occurrence: Occurrence
    windows: Within
    users: int
    project: Project
    hit: bool = False
    spiking: bool = False
    hit_at: int = 0


Rule: TypeAlias = Callable[[Moment], Turn]


def turned(moment: Moment) -> Turn:
    return TURNS[moment.standing.status](moment)


def described(resolution: Resolution | None) -> str:
    """The old resolution in words, for the change that undoes it."""
    if resolution is None:
        return ""
    return " ".join(part for part in (resolution.how, resolution.value, "by", resolution.by) if part)


def _young(moment: Moment) -> Turn:
    """New or regressed: people have not settled it yet."""
    if moment.spiking:
        return _spiked(moment)
    if moment.windows.now - moment.standing.at >= SETTLED_MS:
        return Turn(Standing(Status.ONGOING, moment.windows.now))
    return Turn(moment.standing)


def _ongoing(moment: Moment) -> Turn:
    return _spiked(moment) if moment.spiking else Turn(moment.standing)


def _escalating(moment: Moment) -> Turn:
    if moment.hit or moment.windows.now - moment.hit_at < CALM_MS:
        return Turn(moment.standing)
    told = Told(ChangeKind.CALMED, "no anomaly for 60 min", Status.ESCALATING)
    return Turn(Standing(Status.ONGOING, moment.windows.now), (told,))


def _resolved(moment: Moment) -> Turn:
    """Reopened or counted only; the reason is kept either way."""
    resolution = moment.standing.resolution
    if resolution is None:
        return Turn(moment.standing, counts="unknown_resolution")
    project = moment.project
    found = judge(resolution, moment.occurrence, project.releases, project.settings.unknown_release)
    if isinstance(found, Counts):
        return Turn(moment.standing, counts=found.reason)
    told = Told(ChangeKind.REGRESSED, found.reason, described(resolution))
    return Turn(Standing(Status.REGRESSED, moment.windows.now), (told,), fresh=True, regressed=True)


def _ignored(moment: Moment) -> Turn:
    wake = moment.standing.wake
    if not moment.spiking or wake is None or wake.until != ESCALATING:
        return Turn(moment.standing, counts="ignored")
    told = (
        Told(ChangeKind.SPIKING, SPIKE, Status.IGNORED),
        Told(ChangeKind.WOKE, "it escalates", Status.IGNORED),
    )
    return Turn(Standing(Status.ESCALATING, moment.windows.now), told, fresh=True, woke=True)


def _snoozed(moment: Moment) -> Turn:
    wake = moment.standing.wake
    reason = _woken(moment, wake) if wake else "nothing to wait for"
    if not reason:
        return Turn(moment.standing, counts="snoozed")
    status = wake.before if wake else Status.ONGOING
    told = Told(ChangeKind.WOKE, reason, Status.SNOOZED)
    return Turn(Standing(status, moment.windows.now), (told,), fresh=True, woke=True)


def _woken(moment: Moment, wake: Wake) -> str:
    """The first thing met that ends the snooze; empty: it sleeps on. Occurrences before the snooze do not count."""
    total = moment.windows.counts.total
    if wake.until_at is not None and moment.windows.now >= wake.until_at:
        return "its time has come"
    if wake.count and total >= wake.count:
        return f"{total} occurrences in all"
    if wake.users and moment.users >= wake.users:
        return f"{moment.users} users in all"
    if wake.window_count:
        seen = moment.windows.count(wake.window_m)
        if min(seen, total - moment.standing.since_total) >= wake.window_count:
            return f"{wake.window_count} occurrences in {wake.window_m} min"
    return ""


def _spiked(moment: Moment) -> Turn:
    told = Told(ChangeKind.SPIKING, SPIKE, moment.standing.status)
    return Turn(Standing(Status.ESCALATING, moment.windows.now), (told,))


SPIKE: Final = "far louder than usual, twice within 30 min"
TURNS: Final[Mapping[Status, Rule]] = {
    Status.NEW: _young,
    Status.REGRESSED: _young,
    Status.ONGOING: _ongoing,
    Status.ESCALATING: _escalating,
    Status.RESOLVED: _resolved,
    Status.IGNORED: _ignored,
    Status.SNOOZED: _snoozed,
}
