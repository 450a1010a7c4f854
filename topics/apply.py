"""Bring a cluster to what the YAML files say. Nothing is ever deleted."""

import time
from collections.abc import Iterable
from typing import Final

import msgspec
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from topics.load import ALL, Profile, Topic

REPLICATION: Final = {"local": 1, "production": 3}
TIMEOUT_S: Final = 20.0


class Difference(msgspec.Struct, frozen=True):
    """`what`: missing, partitions, or the name of a topic setting."""

    topic: str
    what: str
    wanted: str
    found: str = ""

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.found or 'absent'}, wanted {self.wanted}"


class CannotApply(Exception):
    """A difference that only a person may resolve, such as another partition count."""


def wanted_settings(topic: Topic, profile: Profile) -> dict[str, str]:
    extra = {"min.insync.replicas": "2"} if profile == "production" else {}
    return topic.settings() | extra


def diff(brokers: str, profile: Profile) -> list[Difference]:
    """What differs; settings that the YAML does not name are not looked at."""
    admin = _admin(brokers)
    there = admin.list_topics(timeout=TIMEOUT_S).topics
    found = [_missing(topic, profile) for topic in ALL.values() if topic.name not in there]
    for topic in ALL.values():
        wanted = getattr(topic.partitions, profile)
        if topic.name in there and len(there[topic.name].partitions) != wanted:
            found.append(Difference(topic.name, "partitions", str(wanted), str(len(there[topic.name].partitions))))
    existing = [topic for topic in ALL.values() if topic.name in there]
    return found + _setting_differences(admin, existing, profile)


def apply(brokers: str, profile: Profile) -> list[Difference]:
    """Create what is missing, correct settings, wait for leaders; the differences that were mended.

    CannotApply when a partition count differs: keys would land elsewhere. Make new topics and use
    `gregor restore`.
    """
    found = diff(brokers, profile)
    stuck = [difference for difference in found if difference.what == "partitions"]
    if stuck:
        raise CannotApply("; ".join(map(str, stuck)))
    admin = _admin(brokers)
    missing = {difference.topic for difference in found if difference.what == "missing"}
    if missing:
        _create(admin, [ALL[name] for name in sorted(missing)], profile)
    _correct(admin, [difference for difference in found if difference.what != "missing"])
    _await_leaders(admin, ALL)
    return found


def _admin(brokers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": brokers, "log_level": 3})


def _missing(topic: Topic, profile: Profile) -> Difference:
    return Difference(topic.name, "missing", f"{getattr(topic.partitions, profile)} partitions")


def _setting_differences(admin: AdminClient, topics: list[Topic], profile: Profile) -> list[Difference]:
    if not topics:
        return []
    asked = {ConfigResource(ResourceType.TOPIC, topic.name): topic for topic in topics}
    found = []
    for resource, future in admin.describe_configs(list(asked), request_timeout=TIMEOUT_S).items():
        there = {name: entry.value for name, entry in future.result(TIMEOUT_S).items()}
        topic = asked[resource]
        found += [
            Difference(topic.name, name, value, there.get(name) or "")
            for name, value in wanted_settings(topic, profile).items()
            if there.get(name) != value
        ]
    return found


def _create(admin: AdminClient, topics: list[Topic], profile: Profile) -> None:
    new = [
        NewTopic(
            topic.name,
            num_partitions=getattr(topic.partitions, profile),
            replication_factor=REPLICATION[profile],
            config=wanted_settings(topic, profile),
        )
        for topic in topics
    ]
    for future in admin.create_topics(new, operation_timeout=TIMEOUT_S).values():
        future.result(TIMEOUT_S)


def _correct(admin: AdminClient, differences: list[Difference]) -> None:
    by_topic: dict[str, list[ConfigEntry]] = {}
    for item in differences:
        entry = ConfigEntry(item.what, item.wanted, incremental_operation=AlterConfigOpType.SET)
        by_topic.setdefault(item.topic, []).append(entry)
    if not by_topic:
        return
    resources = [
        ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries) for name, entries in by_topic.items()
    ]
    for future in admin.incremental_alter_configs(resources).values():
        future.result(TIMEOUT_S)


def _await_leaders(admin: AdminClient, names: Iterable[str]) -> None:
    """A fresh topic takes about a second until each partition has a leader."""
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until:
        there = admin.list_topics(timeout=TIMEOUT_S).topics
        if all(name in there and _led(there[name]) for name in names):
            return
        time.sleep(0.05)
    raise CannotApply(f"no leader for every partition after {TIMEOUT_S:.0f} s")


def _led(topic: object) -> bool:
    partitions = getattr(topic, "partitions", {})
    return bool(partitions) and all(part.leader >= 0 for part in partitions.values())
