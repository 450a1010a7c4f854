"""What the document store keeps."""

import pytest

from domain.snapshot import Snapshot
from runtime.source import Message
from schemas.commands import GroupingCommand, GroupingKind
from schemas.dead_letter import DeadLetter, to_headers
from schemas.reasons import Reason
from schemas.settings.project import ProjectSettings
from schemas.verdict import Dropped, Kept, Rejected
from schemas.wire import encode
from storage_sink.documents import Day, Long
from storage_sink.originals import Dead, Full, decide
from tests.builders import AT, ISSUE_ID, an_event

DAY_MS = 86_400_000
SETTINGS = Snapshot.of({"project:1": ProjectSettings(slug="shop", name="Shop", retention_days=7)})
LETTER = DeadLetter(
    dead_id="d" * 32, at=AT, stage="fingerprint", consumer="fingerprint", topic="error-events", source=(1, 2, 3, 0),
    reason="internal", detail="why", project_id=1, key="home",
)  # fmt: skip


def arrived(value: bytes, at: int = AT + 200, topic: str = "error-events", headers: object = ()) -> Message:
    return Message(topic, 2, 77, 7341, b"", value, at, tuple(headers))  # type: ignore[arg-type]


def full(message: Message, settings: Snapshot = SETTINGS) -> Full:
    verdict = decide(message, settings)
    assert isinstance(verdict, Kept)
    assert isinstance(verdict.value, Full)
    return verdict.value


def test_an_event_goes_when_its_project_says() -> None:
    found = full(arrived(encode(an_event())))
    assert found.expires_at == AT + 123 + 7 * DAY_MS
    assert found.document["expire_at"] == Day(found.expires_at)
    assert found.document["offset"] == Long(77)
    assert found.document["partition"] == 2


def test_a_project_that_is_not_known_yet_keeps_for_90_days() -> None:
    assert full(arrived(encode(an_event())), Snapshot()).expires_at == AT + 123 + 90 * DAY_MS


@pytest.mark.parametrize(
    ("received_at", "headers", "believed"),
    [
        pytest.param(AT, (), AT, id="a clock that agrees with the broker's"),
        pytest.param(AT - 3_600_000, (), AT + 200, id="a clock an hour behind is not believed"),
        pytest.param(AT - 3_600_000, (("spooled", b"1"),), AT - 3_600_000, id="a record from the spool is older"),
        pytest.param(AT + 3_600_000, (("spooled", b"1"),), AT + 200, id="but never from the future"),
    ],
)
def test_received_at(received_at: int, headers: tuple[tuple[str, bytes], ...], believed: int) -> None:
    found = full(arrived(encode(an_event(received_at=received_at)), headers=headers))
    assert found.document["received_at"] == Long(believed)


def test_other_records_are_passed_over_and_broken_ones_refused() -> None:
    command = GroupingCommand(
        command_id="c", project_id=1, issue_id=ISSUE_ID, kind=GroupingKind.MERGE, actor="person:ana", at=AT, owner=0
    )
    assert decide(arrived(encode(command)), SETTINGS) == Kept(None)
    assert isinstance(decide(arrived(b"{"), SETTINGS), Rejected)


def test_a_dead_letter_is_kept_with_its_original_and_that_ones_headers() -> None:
    headers = [*to_headers(LETTER), ("spooled", b"1")]
    verdict = decide(arrived(b"\xff raw", topic="dead-letters", headers=headers), SETTINGS)
    assert isinstance(verdict, Kept)
    assert isinstance(verdict.value, Dead)
    document = verdict.value.document
    assert (verdict.value.dead_id, document["original"], document["reason"]) == ("d" * 32, b"\xff raw", "internal")
    assert document["headers"] == [{"name": "spooled", "value": b"1"}]
    assert document["expire_at"] == Day(AT + 30 * DAY_MS)


def test_a_dead_letter_that_cannot_be_read_is_dropped_not_buried_again() -> None:
    assert decide(arrived(b"x", topic="dead-letters"), SETTINGS) == Dropped(Reason.SCHEMA)
