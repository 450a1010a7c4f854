"""The topics as data: one YAML file each, and the changelogs of the stages."""

from pathlib import Path
from typing import Final, Literal

import msgspec
import yaml

HERE: Final = Path(__file__).parent
HOUR_MS: Final = 3_600_000
Profile = Literal["local", "production"]


class Partitions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    local: int
    production: int


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of this folder; `name` is the file's. `retention_hours` is absent when compacted."""

    name: str
    purpose: str
    key: str
    records: tuple[str, ...]
    partitions: Partitions
    cleanup: Literal["delete", "compact"]
    max_message_bytes: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    retention_hours: Literal[1, 24, 72, 168, 720] | None = None
    append_time: bool = False  # the broker's clock stamps the records
    min_compaction_lag_hours: int = 0

    def settings(self) -> dict[str, str]:
        """Topic configuration in Kafka's names."""
        found = {"cleanup.policy": self.cleanup, "max.message.bytes": str(self.max_message_bytes)}
        if self.append_time:
            found["message.timestamp.type"] = "LogAppendTime"
        if self.retention_hours:
            found["retention.ms"] = str(self.retention_hours * HOUR_MS)
        if self.min_compaction_lag_hours:
            found["min.compaction.lag.ms"] = str(self.min_compaction_lag_hours * HOUR_MS)
        return found


class Changelogs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`changelogs.yml`: what the stages' changelogs have in common."""

    purpose: str
    name: str
    stages: tuple[str, ...]
    min_compaction_lag_hours: int
    max_message_bytes: int


def read(path: Path) -> Topic:
    """One topic; msgspec.ValidationError names an unknown or ill-typed key."""
    return msgspec.convert(yaml.safe_load(path.read_text()) | {"name": path.stem}, Topic)


def changelog(stage: str) -> str:
    return CHANGELOGS.name.format(stage=stage)


def _changelog_topics(like: Topic) -> dict[str, Topic]:
    return {
        changelog(stage): Topic(
            name=changelog(stage),
            purpose=CHANGELOGS.purpose,
            key="key of the stage's table",
            records=("any",),
            partitions=like.partitions,
            cleanup="compact",
            max_message_bytes=CHANGELOGS.max_message_bytes,
            producers=(stage,),
            consumers=(stage,),
            min_compaction_lag_hours=CHANGELOGS.min_compaction_lag_hours,
        )
        for stage in CHANGELOGS.stages
    }


CHANGELOGS: Final = msgspec.convert(yaml.safe_load((HERE / "changelogs.yml").read_text()), Changelogs)
TOPICS: Final = {path.stem: read(path) for path in sorted(HERE.glob("*.yaml"))}
ALL: Final = TOPICS | _changelog_topics(TOPICS["issue-events"])
STAGE_TOPICS: Final = ("error-events", "issue-events", "issue-changes", "ticks", "alerts")
