"""Topics are data; these are the laws over that data."""

from pathlib import Path

import msgspec
import pytest

from schemas.wire import TAGS
from stream_processors.topology import STAGES
from tests.laws.tree import ROOT, modules
from topics.load import ALL, CHANGELOGS, STAGE_TOPICS, TOPICS, Topic, read

SERVICES = {
    "applications",
    "gateway",
    "intake",
    "fingerprint",
    "recurrence",
    "escalation",
    "ticker",
    "sink-postgres",
    "sink-mongo",
    "notifier",
    "api",
}
WRAPPER_BYTES = 8_192


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_a_topic_names_real_things(topic: Topic) -> None:
    assert {*topic.producers, *topic.consumers} <= SERVICES
    assert set(topic.records) <= TAGS | {"any", "json"}
    assert topic.purpose
    assert topic.key


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_retention_is_there_unless_compacted(topic: Topic) -> None:
    assert (topic.retention_hours is None) == (topic.cleanup == "compact")


def test_stage_topics_have_equal_partition_counts() -> None:
    assert len({TOPICS[name].partitions for name in STAGE_TOPICS}) == 1
    assert {ALL[CHANGELOGS.name.format(stage=stage)].partitions for stage in CHANGELOGS.stages} == {
        TOPICS["error-events"].partitions
    }


def test_changelogs_are_those_of_the_stages() -> None:
    assert set(CHANGELOGS.stages) == {stage.name for stage in STAGES}
    assert {source for stage in STAGES for source in stage.sources} <= TOPICS.keys()


def test_dead_letters_hold_the_largest_record_with_its_wrapper() -> None:
    largest = max(
        topic.max_message_bytes for name, topic in TOPICS.items() if name not in {"dead-letters", "error-intake"}
    )
    assert TOPICS["dead-letters"].max_message_bytes >= largest + WRAPPER_BYTES


def test_every_record_that_travels_is_listed_by_a_topic() -> None:
    assert {tag for topic in TOPICS.values() for tag in topic.records} - {"any", "json"} == TAGS


def test_topic_names_in_code_are_declared() -> None:
    names = {name for name in TOPICS if "-" in name}
    text = "\n".join(path.read_text() for path in modules())
    assert all(f'"{name}"' in text for name in names - {"error-intake"})


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yaml"
    planted.write_text((ROOT / "topics" / "ticks.yaml").read_text() + "retention_days: 3\n")
    with pytest.raises(msgspec.ValidationError, match="retention_days"):
        read(planted)
