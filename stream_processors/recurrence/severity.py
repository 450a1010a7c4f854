"""How bad is it, and why (alerting.md 3). The base rule of its worst event, then modifiers with their evidence.

`handled` unknown counts as unhandled, save for info and debug: nobody is woken by a log line.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from schemas.kinds import SEVERITY_NUMBER, Level, Severity, Status
from schemas.occurrence import Occurrence
from stream_processors.recurrence.counting import Within
from stream_processors.recurrence.memory import Counts, Grade, Pin, Pushed
from stream_processors.recurrence.projects import Project
from stream_processors.recurrence.rings import DAY_MS, MINUTE_MS
from stream_processors.recurrence.users import Users

Modifier: TypeAlias = tuple[int, str]

LEVELS: Final = tuple(Severity)
HIGH: Final = SEVERITY_NUMBER[Severity.HIGH]
CRITICAL: Final = SEVERITY_NUMBER[Severity.CRITICAL]
CROWD_M: Final = 15
CROWD: Final = 10  # users at once, or 1 % of the active ones
HELD_MS: Final = 60 * MINUTE_MS  # a crowd or a hit counts this long, so that severity does not flutter
ALONE_TOTAL: Final = 5
ALONE_MS: Final = 15 * MINUTE_MS
NEGLECTED_MS: Final = 7 * DAY_MS
EVIDENCE: Final = ("users", "burn")  # of a pulse, that may lift to critical


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What modifiers look at; `counts` and `users` have the occurrence in hand in them."""

    counts: Counts
    users: Users
    windows: Within
    project: Project
    pin: Pin = Pin()
    pushed: Pushed = Pushed()
    opened_at: int = 0
    human_at: int = 0
    hit_at: int
    fresh: bool = False  # born, or regressed: the base begins anew
    pulse: Status | None = None  # of a pulse: it is as bad as it is loud


def classify(before: Grade, seen: Occurrence, scene: Scene) -> Grade:
    """The grade after the occurrence in hand."""
    base, base_why = based(before, seen, scene)
    crowd_at, crowd = _crowd(before, scene)
    grade = Grade(
        before.severity,
        before.why,
        base,
        base_why,
        crash=seen.crash or (before.crash and not scene.fresh),
        crowd_at=crowd_at,
        crowd=crowd,
        people=before.people or not seen.bot,
        nameless=before.nameless or not seen.user,
        was_critical=before.was_critical or (scene.fresh and before.severity is Severity.CRITICAL),
    )
    return graded(grade, scene)


def graded(grade: Grade, scene: Scene) -> Grade:
    """Modifiers applied to the base; a person's word stands above them."""
    if scene.pin.severity is not None:
        return msgspec.structs.replace(grade, severity=scene.pin.severity, why=(f"set by {scene.pin.by}",))
    level, why = SEVERITY_NUMBER[grade.base], [grade.base_why]
    for change, reason in (*_lifts(grade, scene, level), *_drops(grade, scene)):
        level += change
        why.append(reason)
    level = min(max(level, 0), CRITICAL)
    if level == CRITICAL and grade.base is not Severity.CRITICAL and not _proven(grade, scene):
        level = HIGH
        why.append("not critical without users, burn or crash")
    if LEVELS[level] is grade.severity and tuple(why) == grade.why:
        return grade
    return msgspec.structs.replace(grade, severity=LEVELS[level], why=tuple(why))


def based(before: Grade, seen: Occurrence, scene: Scene) -> tuple[Severity, str]:
    """An issue is as bad as the worst of its events since it was opened."""
    if scene.pulse:
        loud = scene.pulse is Status.ESCALATING
        return (Severity.HIGH, "project anomaly") if loud else (Severity.LOW, "pulse")
    base, why = base_rule(seen, scene.project)
    if scene.fresh or SEVERITY_NUMBER[base] > SEVERITY_NUMBER[before.base] or not before.base_why:
        return base, why
    return before.base, before.base_why


def base_rule(seen: Occurrence, project: Project) -> tuple[Severity, str]:
    """First match wins."""
    if seen.environment.casefold() not in project.production:
        return Severity.LOW, f"not a production environment: {seen.environment}"
    if seen.level is Level.FATAL or seen.crash:
        return Severity.CRITICAL, "process crash" if seen.crash else "fatal"
    quiet = seen.level in (Level.INFO, Level.DEBUG)
    if seen.handled is False or (seen.handled is None and not quiet):
        place = next((wanted.text for wanted in project.critical if wanted.holds(seen)), "")
        return (Severity.CRITICAL, f"unhandled in {place}") if place else (Severity.HIGH, "unhandled")
    return (Severity.LOW, str(seen.level)) if quiet else (Severity.MEDIUM, f"handled {seen.level}")


def _lifts(grade: Grade, scene: Scene, level: int) -> Iterator[Modifier]:
    now = scene.windows.now
    if _held(grade.crowd_at, now):
        yield 1, f"+1 impact: {grade.crowd}"
        level += 1
    if now <= scene.pushed.until_at:
        yield 1, f"+1 project anomaly: {', '.join(scene.pushed.evidence)}"
        level += 1
    if level < HIGH and _held(scene.hit_at, now):
        yield 1, "+1 anomaly: louder than usual"
    if grade.was_critical:
        yield 1, "+1 came back: was critical before"


def _drops(grade: Grade, scene: Scene) -> Iterator[Modifier]:
    now, counts = scene.windows.now, scene.counts
    if not grade.people:
        yield -1, "-1 machines only"
    lone = scene.users.count == 1 and not grade.nameless
    if lone and counts.total >= ALONE_TOTAL and now - counts.first_at >= ALONE_MS:
        yield -1, "-1 one user only"
    waiting = now - max(scene.opened_at, scene.human_at)
    if waiting > NEGLECTED_MS and grade.base is not Severity.CRITICAL:
        yield -1, "-1 neglected: nobody acted for 7 days"


def _proven(grade: Grade, scene: Scene) -> bool:
    """Users, burn or crash. Never an anomaly alone."""
    now = scene.windows.now
    pulse = now <= scene.pushed.until_at and any(text.startswith(EVIDENCE) for text in scene.pushed.evidence)
    return grade.crash or pulse or _held(grade.crowd_at, now)


def _held(since: int, now: int) -> bool:
    return now - since < HELD_MS


def _crowd(before: Grade, scene: Scene) -> tuple[int, str]:
    """Many users at once, with the number."""
    if scene.users.count < CROWD:
        return before.crowd_at, before.crowd
    least = max(CROWD, -(-scene.project.active_users // 100))
    users = scene.windows.users(CROWD_M)
    if users < least:
        return before.crowd_at, before.crowd
    return scene.windows.now, f"{users} users in {CROWD_M} min >= {least}"
