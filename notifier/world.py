"""The settings, arranged once for a snapshot, so that a decision only looks things up."""

from collections.abc import Callable, Iterable

from domain.overlays import of_projects
from domain.recipients import Directory
from domain.snapshot import Snapshot
from notifier.plan import World
from schemas.kinds import Channel
from schemas.settings.alerting import RouteSettings, RuleSettings, TemplateSettings
from schemas.settings.people import ChannelSettings, MethodSettings


def arranged(
    snapshot: Snapshot,
    opened: Callable[[str, str], str | None],
    available: Iterable[Channel] = tuple(Channel),
    alone_per_minute: int = 10,
) -> World:
    """`opened(setting_id, sealed)` gives an address, or None when it does not open with our key.

    `available`: the channels that this installation has set up.
    """
    methods = {f"method:{key}": value for key, value in snapshot.of_kind("method", MethodSettings).items()}
    channels = {f"channel:{key}": value for key, value in snapshot.of_kind("channel", ChannelSettings).items()}
    places: dict[str, MethodSettings | ChannelSettings] = {**methods, **channels}
    addresses = {setting_id: opened(setting_id, place.address) for setting_id, place in places.items()}
    routes: dict[str, dict[str, RouteSettings]] = {}
    for key, route in snapshot.of_kind("route", RouteSettings).items():
        project, _, name = key.partition(":")
        routes.setdefault(project, {})[name] = route
    return World(
        directory=Directory.of(snapshot),
        routes=routes,
        rules={f"rule:{key}": rule.name for key, rule in snapshot.of_kind("rule", RuleSettings).items()},
        overlays=of_projects(snapshot),
        addresses={setting_id: address for setting_id, address in addresses.items() if address},
        hints={setting_id: place.hint for setting_id, place in places.items()},
        templates=dict(snapshot.of_kind("template", TemplateSettings)),
        channels=frozenset(available),
        alone_per_minute=alone_per_minute,
        offset=snapshot.offset,
    )
