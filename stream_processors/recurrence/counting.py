"""Folding one occurrence into the counts of its issue, taking one back, and asking for a window."""

from typing import Final

import msgspec

from stream_processors.recurrence.memory import Counts
from stream_processors.recurrence.rings import (
    DAY_MS,
    DAYS,
    EXACT_MINUTES,
    HOUR_MS,
    HOURS,
    MINUTE_MS,
    MINUTES,
    RECENT,
    added,
    between,
    instants_with,
    instants_within,
    instants_without,
    within,
)
from stream_processors.recurrence.users import Users, users_within

BACK_M: Final = {"yesterday": 1440, "last_week": 7 * 1440}


def counted(before: Counts, at: int) -> Counts:
    return Counts(
        before.total + 1,
        min(before.first_at, at) if before.total else at,
        max(before.last_at, at),
        added(before.minutes, at // MINUTE_MS, MINUTES),
        added(before.hours, at // HOUR_MS, HOURS),
        added(before.days, at // DAY_MS, DAYS),
        instants_with(before.recent, at),
    )


def observed_many(before: Counts, at: int, n: int) -> Counts:
    """A pulse: `n` in the minute that begins at `at`, zero included. Instants are not known."""
    return Counts(
        before.total + n,
        min(before.first_at, at) if before.first_at else at,
        max(before.last_at, at),
        added(before.minutes, at // MINUTE_MS, MINUTES, n),
        added(before.hours, at // HOUR_MS, HOURS, n),
        added(before.days, at // DAY_MS, DAYS, n),
        b"",
    )


def taken_back(before: Counts, at: int) -> Counts:
    """One occurrence received at `at` never counted; first and last seen stay."""
    return Counts(
        max(before.total - 1, 0),
        before.first_at,
        before.last_at,
        added(before.minutes, at // MINUTE_MS, MINUTES, -1),
        added(before.hours, at // HOUR_MS, HOURS, -1),
        added(before.days, at // DAY_MS, DAYS, -1),
        instants_without(before.recent, at),
    )


class Within(msgspec.Struct, frozen=True):
    """The windows that end at `now`: the newest instant known, so the order of arrival does not matter."""

    counts: Counts
    seen: Users
    now: int
    crowd: int | None = None  # a pulse is told how many users there were
    asked: dict[int, int] = {}  # windows already counted: rules ask for the same ones

    def count(self, window_m: int) -> int:
        """Exact below 128 within an hour; else whole buckets, at most one short, never older than the window."""
        known = self.asked.get(window_m)
        if known is None:
            known = self.asked[window_m] = self._counted(window_m)
        return known

    def _counted(self, window_m: int) -> int:
        counts, exact = self.counts, 0
        if window_m <= EXACT_MINUTES and counts.recent:
            exact = instants_within(counts.recent, self.now, window_m * MINUTE_MS)
            if exact < RECENT:
                return exact
        if window_m <= MINUTES:
            return max(exact, within(counts.minutes, self.now // MINUTE_MS, window_m))
        if window_m <= HOURS * 60:
            return within(counts.hours, self.now // HOUR_MS, window_m // 60)
        return within(counts.days, self.now // DAY_MS, window_m // 1440)

    def earlier(self, window_m: int, against: str) -> float:
        """The window before this one, or the one that ended a day or a week ago.

        Taken from the finest ring that still reaches back so far; of a coarser bucket only the window's share.
        """
        back_m = BACK_M.get(against, window_m)
        reach_m = back_m + window_m
        if reach_m <= MINUTES:
            end = self.now // MINUTE_MS - back_m
            return between(self.counts.minutes, end - window_m, end)
        if reach_m <= HOURS * 60:
            buckets, end = max(window_m // 60, 1), self.now // HOUR_MS - max(back_m // 60, 1)
            return between(self.counts.hours, end - buckets, end) * window_m / (60 * buckets)
        buckets, end = max(window_m // 1440, 1), self.now // DAY_MS - max(back_m // 1440, 1)
        return between(self.counts.days, end - buckets, end) * window_m / (1440 * buckets)

    def users(self, window_m: int) -> int:
        return users_within(self.seen, self.now, window_m * MINUTE_MS) if self.crowd is None else self.crowd
