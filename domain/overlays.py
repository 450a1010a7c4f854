"""What holds a message back at an instant, and until when. Evaluation runs on; only the voice is quiet."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from domain.matchers import matches
from domain.shifts import hours_span
from domain.snapshot import Snapshot
from schemas.kinds import Severity
from schemas.record import Instant
from schemas.settings.alerting import InhibitionSettings, SilenceSettings, WindowSettings
from schemas.settings.people import PersonSettings

INHIBITED_MS: Final = 60_000  # how long until an inhibition is looked at again
Labels: TypeAlias = Mapping[str, str]
T = TypeVar("T")


class Overlay(msgspec.Struct, frozen=True):
    """`code` is one of alerting.md 12; after `until` it is judged anew."""

    code: str
    until: Instant
    why: str


class Overlays(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one project that hold back, by their id in it."""

    silences: Mapping[str, SilenceSettings] = {}
    inhibitions: Mapping[str, InhibitionSettings] = {}
    windows: Mapping[str, WindowSettings] = {}


def of_projects(snapshot: Snapshot) -> dict[str, Overlays]:
    """By project id as text. Keys are `<p>:<id>`."""
    silences = _by_project(snapshot.of_kind("silence", SilenceSettings))
    inhibitions = _by_project(snapshot.of_kind("inhibition", InhibitionSettings))
    windows = _by_project(snapshot.of_kind("window", WindowSettings))
    return {
        project: Overlays(
            silences=silences.get(project, {}),
            inhibitions=inhibitions.get(project, {}),
            windows=windows.get(project, {}),
        )
        for project in silences.keys() | inhibitions.keys() | windows.keys()
    }


def over_episode(overlays: Overlays, labels: Labels, firing: Iterable[Labels], at: Instant) -> Overlay | None:
    """What holds back everything about an episode: silence, inhibition, maintenance, in this order.

    `firing`: the labels of the other open episodes of the project that nobody has.
    """
    return (
        _silenced(overlays, labels, at) or _inhibited(overlays, labels, firing, at) or _maintained(overlays, labels, at)
    )


def over_route(overlays: Overlays, windows: Iterable[str], at: Instant) -> Overlay | None:
    """A route's mute windows: weekly hours at which it shows nothing."""
    for name in windows:
        window = overlays.windows.get(name.rpartition(":")[2])
        if window is None or window.kind != "mute" or window.hours is None:
            continue
        span = hours_span(window.hours, ZoneInfo(window.zone), at)
        if span is not None:
            return Overlay("muted", span.end_at, f"the route is mute then{_because(window.reason)}")
    return None


def over_person(person: PersonSettings, severity: Severity, at: Instant) -> Overlay | None:
    """Quiet hours, in the person's own zone. Critical goes through."""
    if severity is Severity.CRITICAL or person.quiet_hours is None:
        return None
    span = hours_span(person.quiet_hours, ZoneInfo(person.zone), at)
    return Overlay("quiet_hours", span.end_at, "quiet hours of the recipient") if span else None


def _silenced(overlays: Overlays, labels: Labels, at: Instant) -> Overlay | None:
    active = [
        silence
        for silence in overlays.silences.values()
        if silence.start_at <= at < silence.end_at and matches(silence.matchers, labels)
    ]
    if not active:
        return None
    longest = max(active, key=lambda silence: silence.end_at)
    why = f"silenced by {longest.author.rpartition(':')[2]}{_because(longest.reason)}"
    return Overlay("silenced", longest.end_at, why)


def _inhibited(overlays: Overlays, labels: Labels, firing: Iterable[Labels], at: Instant) -> Overlay | None:
    """An episode on both sides is not held back by another that is on both sides too."""
    others = list(firing) if overlays.inhibitions else []
    for rule in overlays.inhibitions.values():
        if not matches(rule.target, labels):
            continue
        both = matches(rule.source, labels)
        for other in others:
            if _is_source(rule, other, labels) and not (both and matches(rule.target, other)):
                return Overlay("inhibited", at + INHIBITED_MS, f"held back while {_named(other)} fires")
    return None


def _is_source(rule: InhibitionSettings, other: Labels, labels: Labels) -> bool:
    equal = all(other.get(label, "") == labels.get(label, "") for label in rule.equal)
    return equal and matches(rule.source, other)


def _maintained(overlays: Overlays, labels: Labels, at: Instant) -> Overlay | None:
    active = [
        window
        for window in overlays.windows.values()
        if window.kind == "maintenance" and window.start_at <= at < window.end_at and matches(window.matchers, labels)
    ]
    if not active:
        return None
    longest = max(active, key=lambda window: window.end_at)
    return Overlay("maintenance", longest.end_at, f"maintenance{_because(longest.reason)}")


def _named(labels: Labels) -> str:
    return labels.get("subject") or labels.get("type") or "another alert"


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _by_project(given: Mapping[str, T]) -> dict[str, dict[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for key, value in given.items():
        project, _, name = key.partition(":")
        found.setdefault(project, {})[name] = value
    return found
