"""Which routes show an episode: a tree of matchers, depth first, children inherit what they leave out."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from domain.matchers import matches, shown
from schemas.issue_changed import IssueSnapshot
from schemas.kinds import Severity
from schemas.settings.alerting import RouteSettings
from schemas.settings.project import ProjectSettings

ROOT: Final = "root"
DEFAULT_ROOT: Final = RouteSettings(receivers=("role:member",))
DEFAULT_INTERVAL_S: Final = RouteSettings().group_interval_s
DEEPEST: Final = 16


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A route that matched, with what it inherited. `why`: the matchers on the way down, in words."""

    id: str
    receivers: tuple[str, ...]
    group_by: tuple[str, ...] = ()
    group_interval_s: int = DEFAULT_INTERVAL_S
    mute_windows: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


def routes_for(routes: Mapping[str, RouteSettings], labels: Mapping[str, str]) -> tuple[Route, ...]:
    """At least one: the root matches everything; a project without routes has the default root.

    `routes` are those of one project by their id in it; `labels` as of `labels_of`.
    """
    settings = routes.get(ROOT, DEFAULT_ROOT)
    root = _inherit(Route(id=ROOT, receivers=()), ROOT, settings)
    return tuple(_walk(routes, root, labels, 0))


def labels_of(issue: IssueSnapshot, severity: Severity, project: ProjectSettings | None) -> dict[str, str]:
    """What matchers may speak of."""
    labels = {
        "project": project.slug if project else "",
        "team": project.team if project else "",
        "environment": issue.environment,
        "service": issue.service,
        "severity": str(severity),
        "status": str(issue.status),
        "type": issue.type,
        "release": issue.release,
        "owner": issue.assignee,
        "path": issue.place.rpartition(":")[0] or issue.place,
        "route": issue.route,
    }
    return labels | {f"tag.{name}": value for name, value in issue.tags.items()}


def _walk(routes: Mapping[str, RouteSettings], here: Route, labels: Mapping[str, str], depth: int) -> Iterator[Route]:
    """The leaves that match below `here`, or `here` itself when none does."""
    found = False
    for key, child in _children(routes, here.id):
        if depth >= DEEPEST or not matches(child.matchers, labels):
            continue
        found = True
        yield from _walk(routes, _inherit(here, key, child), labels, depth + 1)
        if not child.goes_on:
            return
    if not found:
        yield here


def _children(routes: Mapping[str, RouteSettings], parent: str) -> list[tuple[str, RouteSettings]]:
    below = [(key, route) for key, route in routes.items() if key != ROOT and _parent(route) == parent]
    return sorted(below, key=lambda pair: (pair[1].order, pair[0]))


def _parent(route: RouteSettings) -> str:
    """Also as a whole setting id (`route:<p>:<id>`); what names no parent hangs below the root."""
    return route.parent.rpartition(":")[2] or ROOT


def _inherit(parent: Route, key: str, child: RouteSettings) -> Route:
    same_interval = child.group_interval_s == DEFAULT_INTERVAL_S
    return Route(
        id=key,
        receivers=child.receivers or parent.receivers,
        group_by=child.group_by or parent.group_by,
        group_interval_s=parent.group_interval_s if same_interval else child.group_interval_s,
        mute_windows=child.mute_windows or parent.mute_windows,
        why=parent.why + (tuple(map(shown, child.matchers)) if key != ROOT else ()),
    )
