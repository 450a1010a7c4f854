"""A draft of a setting: read strictly, checked, said in words, with its effect."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from domain.matchers import matches
from domain.recipients import resolve
from domain.routes import routes_for
from query_api.objects import calendar, checks
from query_api.objects.calendar import Shift
from query_api.objects.kinds import Kind
from query_api.objects.known import Known
from query_api.objects.unknown import pointer_of, unknown_fields
from query_api.problems import Code, Flaw, Problem
from query_api.search.instants import zone_of
from schemas.record import Part
from schemas.settings.alerting import Policy, RouteSettings, SilenceSettings, WindowSettings
from schemas.settings.people import ScheduleSettings

CHECKS: Final[dict[str, Callable[..., Iterator[Flaw]]]] = {
    "rule": checks.rule,
    "route": checks.route,
    "policy": checks.policy,
    "silence": checks.silence,
    "inhibition": checks.inhibition,
    "window": checks.window,
    "team": checks.team,
    "channel": checks.channel,
    "method": checks.method,
    "scrub": checks.scrub,
    "schedule": calendar.schedule,
    "override": calendar.override,
}
PREVIEW_MS: Final = 14 * 86_400_000


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a target means at an instant, and why."""

    at: int
    target: str
    people: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class RouteTaken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    route: str
    receivers: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """An open episode with the labels that matchers look at."""

    episode_id: str
    title: str
    labels: dict[str, str]


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the draft would do: whom it tells, what it hides, which way it sends, who is on call."""

    told: tuple[Told, ...] = ()
    hides: tuple[str, ...] = ()  # titles of open episodes
    routes: tuple[RouteTaken, ...] = ()
    shifts: tuple[Shift, ...] = ()


def strict(kind: Kind, raw: dict[str, object]) -> Part:
    """The value as its record; a field that is none is refused, where msgspec alone would pass it over."""
    unknown = [
        Flaw(code="unknown_field", message="there is no such field", pointer=f"/value{found}")
        for found in unknown_fields(raw, kind.struct)
    ]
    if unknown:
        raise Problem(Code.INVALID, unknown[0].message, tuple(unknown))
    try:
        return msgspec.convert(raw, kind.struct)
    except msgspec.ValidationError as error:
        pointer, words = pointer_of(error)
        raise Problem(
            Code.INVALID, words, (Flaw(code="invalid", message=words, pointer=f"/value{pointer}"),)
        ) from error


def flaws(kind: Kind, key: str, value: Part, known: Known) -> tuple[Flaw, ...]:
    check = CHECKS.get(kind.name)
    found = check(value, key, known) if check else iter(())
    return tuple(msgspec.structs.replace(one, pointer=f"/value{one.pointer}") for one in found)


def effect(key: str, value: Part, known: Known, episodes: tuple[Episode, ...]) -> Effect:
    match value:
        case Policy():
            return Effect(told=tuple(told(value, known)))
        case SilenceSettings() | WindowSettings():
            return Effect(hides=tuple(one.title for one in episodes if matches(value.matchers, one.labels)))
        case RouteSettings():
            routes = known.routes() | {key.partition(":")[2]: value}
            return Effect(routes=taken(routes, episodes))
        case ScheduleSettings():
            return Effect(shifts=tuple(calendar.shifts(key, known, known.at, known.at + PREVIEW_MS)))
        case _:
            return Effect()


def told(policy: Policy, known: Known) -> Iterator[Told]:
    """Each step's targets now and at three o'clock tonight."""
    for at in (known.at, at_three(known.at, known.zone)):
        for step in policy.steps:
            for target in step.targets:
                found = resolve(target, known.project_id, known.directory, at)
                yield Told(
                    at=at,
                    target=target,
                    people=tuple(one.id for one in found.found),
                    why=tuple(one.why for one in found.found),
                    missing=tuple(f"{one.id}: {one.why}" for one in found.missing),
                )


def at_three(at: int, zone: str) -> int:
    """The next 03:00 on the clocks of `zone`."""
    here = datetime.fromtimestamp(at / 1000, zone_of(zone))
    three = here.replace(hour=3, minute=0, second=0, microsecond=0)
    return round((three if three > here else three + timedelta(days=1)).timestamp() * 1000)


def taken(routes: dict[str, RouteSettings], episodes: tuple[Episode, ...]) -> tuple[RouteTaken, ...]:
    """The ways of the open episodes, each once."""
    found = {way.id: way for one in episodes for way in routes_for(routes, one.labels)}
    return tuple(RouteTaken(route=way.id, receivers=way.receivers, why=way.why) for way in found.values())
