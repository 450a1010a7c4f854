"""Timers of an episode: which there are, how long they run, and what a tick does to them (alerting.md 6.3)."""

from typing import Final

import msgspec

from schemas.kinds import Severity
from stream_processors.escalation.state import State, Timer

ESCALATE, REPEAT, STALE = "escalate", "repeat", "stale"
ACK_TTL, CONFIRM, REACK = "ack_ttl", "confirm", "reack"

ACK_TTL_S: Final = {Severity.CRITICAL: 30 * 60, Severity.HIGH: 4 * 3600}
REPEAT_S: Final = {Severity.CRITICAL: 3600, Severity.HIGH: 4 * 3600}
LONG_S: Final = 24 * 3600
CONFIRM_S: Final = 10 * 60
REACK_S: Final = 5 * 60
QUIET_S: Final = 15 * 60
QUIET_GAPS: Final = 4
FLAPPING_S: Final = 10 * 60  # a quiet close waits so much longer then
TICK_AGE_MS: Final = 5_000


class Fired(msgspec.Struct, frozen=True):
    """What a tick leaves: timers, all of them instants, and the names of those that are due, the oldest first."""

    timers: tuple[Timer, ...]
    due: tuple[str, ...]


def armed(timers: tuple[Timer, ...], name: str, delay_s: int) -> tuple[Timer, ...]:
    """One timer set anew."""
    return (*without(timers, name), Timer(name, delay_s))


def set_to(timers: tuple[Timer, ...], name: str, due_at: int) -> tuple[Timer, ...]:
    """One timer set to an instant."""
    return (*without(timers, name), Timer(name, 0, due_at))


def without(timers: tuple[Timer, ...], *names: str) -> tuple[Timer, ...]:
    return tuple(timer for timer in timers if timer.name not in names)


def only(timers: tuple[Timer, ...], *names: str) -> tuple[Timer, ...]:
    return tuple(timer for timer in timers if timer.name in names)


def fired(timers: tuple[Timer, ...], at: int) -> Fired:
    """Due timers fire by being removed. `stale` is left to the watermark."""
    ticking = [timer for timer in timers if timer.name != STALE]
    due = sorted((timer.due_at, timer.name) for timer in ticking if timer.due_at is not None and timer.due_at <= at)
    gone = {name for _, name in due}
    return Fired(without(timers, *gone), tuple(name for _, name in due))


def instants(timers: tuple[Timer, ...], at: int) -> tuple[Timer, ...]:
    """Delays become instants, counted from this tick."""
    return tuple(
        Timer(timer.name, timer.delay_s, at + timer.delay_s * 1000) if timer.due_at is None else timer
        for timer in timers
    )


def remaining(timers: tuple[Timer, ...], at: int) -> tuple[Timer, ...]:
    """What would still run at `at`, as delays: an episode that falls quiet keeps them for its return."""
    return tuple(
        Timer(timer.name, timer.delay_s if timer.due_at is None else max(timer.due_at - at, 0) // 1000)
        for timer in without(timers, STALE)
    )


def next_tick(timers: tuple[Timer, ...]) -> int | None:
    """The first instant at which a tick has something to do; 0: the very next one, to arm a delay."""
    ticking = [0 if timer.due_at is None else timer.due_at for timer in timers if timer.name != STALE]
    return min(ticking, default=None)


def stale_at(timers: tuple[Timer, ...]) -> int | None:
    """When the watermark ends the episode."""
    return next((timer.due_at for timer in timers if timer.name == STALE), None)


def quiet_s(gap_s: int, flapping: bool) -> int:
    return max(QUIET_S, QUIET_GAPS * gap_s) + (FLAPPING_S if flapping else 0)


def with_stale(state: State, at: int, gap_s: int) -> State:
    """The episode was active at `at`, or later already: it is quiet so much after that."""
    known = next((timer for timer in state.timers if timer.name == STALE), None)
    active_at = max(at, (known.due_at or 0) - known.delay_s * 1000) if known else at
    span_s = quiet_s(gap_s, at < state.flapping_until)
    stale = Timer(STALE, span_s, active_at + span_s * 1000)
    return msgspec.structs.replace(state, timers=(*without(state.timers, STALE), stale))


def prolonged(timers: tuple[Timer, ...], by_s: int) -> tuple[Timer, ...]:
    """A quiet close that waits longer."""
    return tuple(
        Timer(STALE, timer.delay_s + by_s, (timer.due_at or 0) + by_s * 1000) if timer.name == STALE else timer
        for timer in timers
    )


def timely(tick_at: int, appended_at: int, read_at: int) -> bool:
    """Whether a tick may be acted on, by the broker's clock: when it was appended, and the newest change read so far.

    A tick that came late, or before changes that are read already, belongs to the past: two steps must not be told
    in one second because a stage was down. (What the clock on the wall says of it, the edge must judge.)
    """
    return max(appended_at, read_at) - tick_at <= TICK_AGE_MS
