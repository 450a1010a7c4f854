"""Who is on call: a function of a schedule, its overrides, the people and an instant."""

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from domain.shifts import handoff, hours_span, next_hours, turn
from schemas.record import Instant
from schemas.settings.people import Layer, OverrideSettings, PersonSettings, ScheduleSettings, Shift


class Duty(msgspec.Struct, frozen=True):
    """`why` in words; the whole answer holds until `until` (0: for ever)."""

    person: str
    why: str
    until: Instant = 0


class _Turn(msgspec.Struct, frozen=True):
    """What one layer says: who, in which words, and when it may say something else."""

    priority: int
    people: tuple[str, ...]
    why: str
    edges: tuple[Instant, ...] = ()


def oncall(
    schedule: ScheduleSettings,
    at: Instant,
    overrides: Iterable[OverrideSettings] = (),
    people: Mapping[str, PersonSettings] | None = None,
) -> tuple[Duty, ...]:
    """Temporary shifts, else the highest layer that is not empty without removed and absent people, plus the added.

    Empty is an answer. `overrides` are those of this schedule; people not in `people` count as
    absent (None: everybody is there).
    """
    given = tuple(overrides)
    turns = [*(_layer(layer, schedule.zone, at) for layer in schedule.layers), _imported(schedule, at)]
    temporary = next((span for span in schedule.temporaries if span.start_at <= at < span.end_at), None)
    if temporary is not None:
        turns = [_shift(shift, at) for shift in temporary.shifts]
        found = [(person, shift.why) for shift in turns for person in shift.people]
    else:
        found = _standing(turns, [over for over in given if over.start_at <= at < over.end_at], people, at)
    edges = [edge for turn_ in turns for edge in turn_.edges]
    edges += [edge for over in given for edge in (over.start_at, over.end_at)]
    edges += [edge for span in schedule.temporaries for edge in (span.start_at, span.end_at)]
    edges += _leaves(schedule, given, people)
    until = min((edge for edge in edges if edge > at), default=0)
    unique: dict[str, str] = {}
    for person, why in found:
        unique.setdefault(person, why)
    return tuple(Duty(person, why, until) for person, why in unique.items())


def absent(people: Mapping[str, PersonSettings] | None, person: str, at: Instant) -> bool:
    """Inactive, on leave or unknown."""
    if people is None:
        return False
    found = people.get(person)
    return found is None or not found.active or on_leave(found, at)


def on_leave(person: PersonSettings, at: Instant) -> bool:
    return any(leave.start_at <= at < leave.end_at for leave in person.leave)


def _standing(
    turns: Sequence[_Turn], active: Sequence[OverrideSettings], people: Mapping[str, PersonSettings] | None, at: Instant
) -> list[tuple[str, str]]:
    removed = {over.remove for over in active if over.remove}
    found: list[tuple[str, str]] = []
    for turn_ in sorted(turns, key=lambda turn_: -turn_.priority):
        found = [(who, turn_.why) for who in turn_.people if who not in removed and not absent(people, who, at)]
        if found:
            break
    added = [(over.add, _replaced(over)) for over in active if over.add and not absent(people, over.add, at)]
    return found + added


def _replaced(over: OverrideSettings) -> str:
    reason = f" ({over.reason})" if over.reason else ""
    return f"override in place of {over.remove}{reason}" if over.remove else f"override{reason}"


def _layer(layer: Layer, zone_name: str, at: Instant) -> _Turn:
    zone = ZoneInfo(zone_name)
    why = f"layer {layer.priority}"
    edges: list[Instant] = []
    if layer.hours is not None:
        span = hours_span(layer.hours, zone, at)
        edges.append(span.end_at if span else next_hours(layer.hours, zone, at) or 0)
        if span is None:
            return _Turn(layer.priority, (), why, tuple(edges))
    if not layer.people:
        return _Turn(layer.priority, (), why, tuple(edges))
    found = turn(layer, zone, at)
    if found is None:
        return _Turn(layer.priority, (), why, (*edges, handoff(layer, zone, 0)))
    number, shift = found
    person = layer.people[number % len(layer.people)]
    return _Turn(layer.priority, (person,), why, (*edges, shift.end_at))


def _imported(schedule: ScheduleSettings, at: Instant) -> _Turn:
    shifts = [_shift(shift, at) for shift in schedule.shifts]
    people = tuple(person for shift in shifts for person in shift.people)
    edges = tuple(edge for shift in shifts for edge in shift.edges)
    return _Turn(schedule.shifts_priority, people, "imported shift", edges)


def _shift(shift: Shift, at: Instant) -> _Turn:
    covered = shift.start_at <= at < shift.end_at
    return _Turn(0, (shift.person,) if covered else (), "temporary shift", (shift.start_at, shift.end_at))


def _leaves(
    schedule: ScheduleSettings, overrides: Sequence[OverrideSettings], people: Mapping[str, PersonSettings] | None
) -> list[Instant]:
    """When the leave of somebody who may be on call begins or ends."""
    named = {person for layer in schedule.layers for person in layer.people}
    named |= {shift.person for shift in schedule.shifts} | {over.add for over in overrides}
    known = [people[name] for name in named if people and name in people]
    return [edge for person in known for leave in person.leave for edge in (leave.start_at, leave.end_at)]
