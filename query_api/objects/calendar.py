"""Schedules and overrides: what they must hold, and who is on call along them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from domain.oncall import oncall
from domain.recipients import duties
from query_api.objects.known import Known, flaw, person_flaws
from query_api.problems import Flaw
from schemas.settings.people import Layer, OverrideSettings, ScheduleSettings

UNITS: Final = frozenset({"hour", "day", "week", "month"})
MOST_SHIFTS: Final = 500
LONGEST_MS: Final = 400 * 86_400_000


class Shift(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From `start_at` to before `end_at`; nobody in `people`: a gap."""

    start_at: int
    end_at: int
    people: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


def schedule(value: ScheduleSettings, key: str, known: Known) -> Iterator[Flaw]:
    if not zone_known(value.zone):
        yield flaw("/zone", f"there is no zone {value.zone}")
    for index, layer in enumerate(value.layers):
        yield from layer_flaws(f"/layers/{index}", layer, known)
    for index, span in enumerate(value.temporaries):
        if span.start_at >= span.end_at:
            yield flaw(f"/temporaries/{index}/end_at", "must lie after its start")


def layer_flaws(pointer: str, layer: Layer, known: Known) -> Iterator[Flaw]:
    if not layer.people:
        yield flaw(f"{pointer}/people", "a layer has people")
    yield from person_flaws(f"{pointer}/people", layer.people, known)
    if layer.unit not in UNITS or not 1 <= layer.length <= 400:
        yield flaw(f"{pointer}/unit", "1 to 400 of hour, day, week or month")
    try:
        datetime.fromisoformat(layer.start)
    except ValueError:
        yield flaw(f"{pointer}/start", "a wall-clock instant such as 2026-01-05T09:00")


def override(value: OverrideSettings, key: str, known: Known) -> Iterator[Flaw]:
    if value.schedule not in known.directory.schedules:
        yield flaw("/schedule", f"there is no schedule {value.schedule}")
    if not value.start_at < value.end_at <= value.start_at + LONGEST_MS:
        yield flaw("/end_at", "must lie after the start, by at most 400 days")
    if not (value.add or value.remove):
        yield flaw("/add", "name who comes, who goes, or both")
    for field in ("add", "remove"):
        person = getattr(value, field)
        if person and person not in known.directory.people:
            yield flaw(f"/{field}", f"there is no person {person}")


def zone_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def shifts(schedule_key: str, known: Known, first: int, last: int) -> Iterator[Shift]:
    """The final line of a schedule: neighbours with the same people are one shift."""
    at, held = first, None
    for _ in range(MOST_SHIFTS):
        found = duties(schedule_key, known.directory, at)
        shift = Shift(
            start_at=at,
            end_at=end_of(schedule_key, known, at, last),
            people=tuple(duty.person for duty in found),
            why=tuple(duty.why for duty in found),
        )
        if held is not None and held.people == shift.people:
            held = msgspec.structs.replace(held, end_at=shift.end_at)
        else:
            if held is not None:
                yield held
            held = shift
        at = shift.end_at
        if at >= last:
            break
    if held is not None:
        yield held


def end_of(schedule_key: str, known: Known, at: int, last: int) -> int:
    """When the answer at `at` may change; a gap ends at the next edge too."""
    found = duties(schedule_key, known.directory, at)
    until = found[0].until if found else next_edge(schedule_key, known, at, last)
    return min(until, last) if until else last


def next_edge(schedule_key: str, known: Known, at: int, last: int) -> int:
    """The end of a gap, found by the hour: without anybody on call nothing says until when."""
    value = known.directory.schedules.get(schedule_key)
    if value is None:
        return last
    overrides = known.directory.overrides.get(schedule_key, ())
    step = at
    while step < last:
        step += 3_600_000
        if oncall(value, step, overrides, known.directory.people):
            return step
    return last
