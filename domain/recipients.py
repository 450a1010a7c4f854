"""Whom a target means at an instant, and why: the words that stand in the message."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from domain.oncall import Duty, on_leave, oncall
from domain.snapshot import Snapshot
from schemas.kinds import ROLE_NUMBER, Role
from schemas.record import Instant
from schemas.settings.alerting import Policy
from schemas.settings.people import (
    ChannelSettings,
    MethodSettings,
    OverrideSettings,
    PersonalRuleSettings,
    PersonSettings,
    ScheduleSettings,
    TeamSettings,
)
from schemas.settings.project import ProjectSettings

ROLES: Final = {str(role): role for role in Role}


class Recipient(msgspec.Struct, frozen=True):
    """`id` is `person:<id>` or `channel:<id>`; `until`: when a duty ends, 0 if this is none."""

    id: str
    why: str
    until: Instant = 0


class Missing(msgspec.Struct, frozen=True):
    """Somebody a target names and who is not told. `code` is one of alerting.md 12."""

    id: str
    code: str
    why: str


class Resolved(msgspec.Struct, frozen=True):
    found: tuple[Recipient, ...] = ()
    missing: tuple[Missing, ...] = ()


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """The settings about people, arranged for lookup. Built once for a snapshot."""

    people: Mapping[str, PersonSettings] = {}
    methods: Mapping[str, tuple[tuple[str, MethodSettings], ...]] = {}  # by person: (setting id, method)
    rules: Mapping[str, tuple[PersonalRuleSettings, ...]] = {}  # by person
    teams: Mapping[str, TeamSettings] = {}
    schedules: Mapping[str, ScheduleSettings] = {}
    overrides: Mapping[str, tuple[OverrideSettings, ...]] = {}  # by schedule
    channels: Mapping[str, ChannelSettings] = {}
    projects: Mapping[str, ProjectSettings] = {}
    policies: Mapping[str, Policy] = {}

    @staticmethod
    def of(snapshot: Snapshot) -> "Directory":
        methods: dict[str, tuple[tuple[str, MethodSettings], ...]] = {}
        for key, method in sorted(snapshot.of_kind("method", MethodSettings).items()):
            methods[method.person] = (*methods.get(method.person, ()), (f"method:{key}", method))
        rules: dict[str, tuple[PersonalRuleSettings, ...]] = {}
        for _, rule in sorted(snapshot.of_kind("personal_rule", PersonalRuleSettings).items()):
            rules[rule.person] = (*rules.get(rule.person, ()), rule)
        overrides: dict[str, tuple[OverrideSettings, ...]] = {}
        for _, over in sorted(snapshot.of_kind("override", OverrideSettings).items()):
            overrides[over.schedule] = (*overrides.get(over.schedule, ()), over)
        return Directory(
            people=snapshot.of_kind("person", PersonSettings),
            methods=methods,
            rules=rules,
            teams=snapshot.of_kind("team", TeamSettings),
            schedules=snapshot.of_kind("schedule", ScheduleSettings),
            overrides=overrides,
            channels=snapshot.of_kind("channel", ChannelSettings),
            projects=snapshot.of_kind("project", ProjectSettings),
            policies=snapshot.of_kind("policy", Policy),
        )


def resolve(target: str, project_id: int, directory: Directory, at: Instant) -> Resolved:
    """The recipients of one target of `schemas/settings/alerting.py`. Nobody is an answer."""
    kind, _, key = target.partition(":")
    ask = _TARGETS.get(kind)
    if ask is None:
        return Resolved(missing=(Missing(target, "not_targeted", "no such kind of target"),))
    return ask(key, project_id, directory, at)


def schedule_of(project_id: int, directory: Directory) -> str:
    """The schedule that says who is on call for a project: its own, else its team's, else none."""
    project = directory.projects.get(str(project_id))
    team = directory.teams.get(project.team) if project else None
    return (project.schedule if project else "") or (team.schedule if team else "")


def duties(schedule: str, directory: Directory, at: Instant) -> tuple[Duty, ...]:
    found = directory.schedules.get(schedule)
    return oncall(found, at, directory.overrides.get(schedule, ()), directory.people) if found else ()


def _on_call(_: str, project_id: int, directory: Directory, at: Instant) -> Resolved:
    schedule = schedule_of(project_id, directory)
    found = _schedule(schedule, project_id, directory, at) if schedule else Resolved()
    if found.found:
        return found
    nobody = "nobody is on call" if schedule else "the project has no schedule"
    owners = _everybody(directory, at, _holds(Role.OWNER, project_id), f"owner of the project ({nobody})")
    return Resolved(owners.found, found.missing + owners.missing)


def _schedule(key: str, _: int, directory: Directory, at: Instant) -> Resolved:
    schedule = directory.schedules.get(key)
    if schedule is None:
        return Resolved(missing=(Missing(f"schedule:{key}", "not_targeted", "there is no such schedule"),))
    found = duties(key, directory, at)
    if not found:
        return Resolved(missing=(Missing(f"schedule:{key}", "not_targeted", f"nobody is on call in {schedule.name}"),))
    return Resolved(tuple(Recipient(f"person:{duty.person}", _said(schedule, duty), duty.until) for duty in found))


def _said(schedule: ScheduleSettings, duty: Duty) -> str:
    return f"on call for {schedule.name} ({duty.why})"


def _role(key: str, project_id: int, directory: Directory, at: Instant) -> Resolved:
    role = ROLES.get(key)
    if role is None:
        return Resolved(missing=(Missing(f"role:{key}", "not_targeted", "there is no such role"),))
    why = "member of the project" if role in (Role.MEMBER, Role.VIEWER) else f"{role} of the project"
    return _everybody(directory, at, _holds(role, project_id), why)


def _holds(role: Role, project_id: int) -> Callable[[PersonSettings], bool]:
    """Whether a person has at least `role` in the project."""

    def holds(person: PersonSettings) -> bool:
        theirs = person.roles.get(str(project_id))
        return theirs is not None and ROLE_NUMBER[theirs] >= ROLE_NUMBER[role]

    return holds


def _staff(_: str, __: int, directory: Directory, at: Instant) -> Resolved:
    return _everybody(directory, at, lambda person: person.staff, "staff of this installation")


def _person(key: str, _: int, directory: Directory, at: Instant) -> Resolved:
    return _those([(key, "named in person")], directory, at)


def _team(key: str, _: int, directory: Directory, at: Instant) -> Resolved:
    team = directory.teams.get(key)
    if team is None:
        return Resolved(missing=(Missing(f"team:{key}", "not_targeted", "there is no such team"),))
    return _those([(person, f"{role or 'member'} of team {team.name}") for person, role in team.members], directory, at)


def _channel(key: str, _: int, directory: Directory, at: Instant) -> Resolved:
    channel = directory.channels.get(key)
    if channel is None:
        return Resolved(missing=(Missing(f"channel:{key}", "not_targeted", "there is no such channel"),))
    if channel.disabled_why:
        return Resolved(missing=(Missing(f"channel:{key}", "method_disabled", channel.disabled_why),))
    return Resolved((Recipient(f"channel:{key}", f"channel {channel.name}"),))


def _everybody(directory: Directory, at: Instant, has: Callable[[PersonSettings], bool], why: str) -> Resolved:
    them = [(key, why) for key, person in sorted(directory.people.items()) if person.active and has(person)]
    return _those(them, directory, at)


def _those(named: Iterable[tuple[str, str]], directory: Directory, at: Instant) -> Resolved:
    found, missing = [], []
    for key, why in named:
        person = directory.people.get(key)
        if person is None or not person.active:
            missing.append(Missing(f"person:{key}", "not_targeted", f"{why}, but not active"))
        elif on_leave(person, at):
            missing.append(Missing(f"person:{key}", "on_leave", f"{why}, but on leave"))
        else:
            found.append(Recipient(f"person:{key}", why))
    return Resolved(tuple(found), tuple(missing))


_TARGETS: Final[Mapping[str, Callable[[str, int, Directory, Instant], Resolved]]] = {
    "on_call": _on_call,
    "role": _role,
    "staff": _staff,
    "person": _person,
    "team": _team,
    "schedule": _schedule,
    "channel": _channel,
}
