"""What the settings of a project mean to recurrence, prepared once per change of settings."""

from collections.abc import Callable
from typing import Final

import msgspec

from domain.filters import Fits, glob
from domain.releases import Releases
from domain.snapshot import Snapshot
from schemas.occurrence import Occurrence
from schemas.settings.alerting import RuleSettings
from schemas.settings.project import ProjectSettings, ReleaseSettings, SeasonSettings
from stream_processors.recurrence.anomaly import FLAT, Season
from stream_processors.recurrence.programs import Program, programmed

LARGEST: Final = 100  # rules of a project


class Critical(msgspec.Struct, frozen=True):
    """A path or tag that the project lists: what breaks there is critical."""

    text: str
    holds: Callable[[Occurrence], bool]


class Project(msgspec.Struct, frozen=True):
    settings: ProjectSettings
    releases: Releases = {}
    rules: tuple[Program, ...] = ()
    season: Season = FLAT
    active_users: int = 0
    production: frozenset[str] = frozenset()
    critical: tuple[Critical, ...] = ()


class Book:
    """The projects of one settings snapshot, each prepared when first asked for. A cache: changes speed only."""

    def __init__(self) -> None:
        self.settings: Snapshot | None = None
        self.projects: dict[int, Project] = {}

    def project(self, project_id: int, settings: Snapshot) -> Project:
        if settings is not self.settings:
            self.settings, self.projects = settings, {}
        found = self.projects.get(project_id)
        if found is None:
            found = self.projects[project_id] = prepared(project_id, settings)
        return found


def prepared(project_id: int, settings: Snapshot) -> Project:
    own = settings.get(f"project:{project_id}", ProjectSettings) or unnamed(project_id)
    season = settings.get(f"season:{project_id}", SeasonSettings) or SeasonSettings()
    return Project(
        settings=own,
        releases=_releases(project_id, settings),
        rules=_rules(project_id, settings),
        season=season.factors if len(season.factors) == len(FLAT) else FLAT,
        active_users=season.active_users,
        production=frozenset(name.casefold() for name in own.production_environments),
        critical=tuple(Critical(text, _critical(text)) for text in own.critical_paths),
    )


def unnamed(project_id: int) -> ProjectSettings:
    """A project whose settings have not come yet: the defaults."""
    return ProjectSettings(slug=str(project_id), name=str(project_id))


def _releases(project_id: int, settings: Snapshot) -> Releases:
    found = settings.of_kind("release", ReleaseSettings).values()
    return {release.version: release for release in found if release.project_id == project_id}


def _rules(project_id: int, settings: Snapshot) -> tuple[Program, ...]:
    """Those that name a policy first: the opening of an episode then carries its track."""
    prefix = f"{project_id}:"
    found = sorted(
        (rule.policy == "none", key, rule)
        for key, rule in settings.of_kind("rule", RuleSettings).items()
        if key.startswith(prefix) and rule.active
    )
    return tuple(
        programmed(key.removeprefix(prefix), f"rule:{key}", settings.versions.get(f"rule:{key}", 0), rule)
        for _, key, rule in found[:LARGEST]
    )


def _critical(text: str) -> Callable[[Occurrence], bool]:
    """`tag.NAME=VALUE`, else a glob on route, file or function."""
    name, equals, value = text.removeprefix("tag.").partition("=")
    if text.startswith("tag.") and equals:
        return lambda seen: seen.tags.get(name) == value
    fits: Fits = glob(text)
    return lambda seen: any(fits(place) for place in _places(seen))


def _places(seen: Occurrence) -> tuple[str, ...]:
    return seen.route, seen.route.rpartition(" ")[2], seen.place.rpartition(":")[0], seen.culprit
