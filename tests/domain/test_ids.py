"""Ids are functions of their cause, and do not depend on anything else."""

import pytest

from domain.ids import delivery_id, digest, issue_id, user_hash
from domain.received import trusted_received_at
from domain.snapshot import Snapshot
from schemas.settings.people import PersonSettings
from schemas.settings.project import ProjectSettings

USUAL = {
    "issue": "i",
    "episode": "e",
    "kind": "open",
    "ordinal": "0",
    "recipient": "person:ana",
    "channel": "email",
    "address": "a@b.c",
}


def test_parts_do_not_run_into_each_other() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert issue_id(1, "k") != issue_id(2, "k")


def test_a_delivery_id_is_26_characters_of_base32() -> None:
    found = delivery_id(**USUAL)
    assert len(found) == 26
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz234567")


@pytest.mark.parametrize("field", USUAL)
def test_every_part_of_a_delivery_counts(field: str) -> None:
    assert delivery_id(**USUAL) != delivery_id(**(USUAL | {field: "other"}))


def test_users_are_hashed_with_the_salt_of_their_project_and_nobody_is_empty() -> None:
    assert user_hash(b"salt", "") == ""
    assert len(user_hash(b"salt", "u7")) == 16
    assert user_hash(b"salt", "u7") != user_hash(b"pepper", "u7")


@pytest.mark.parametrize(
    ("received_at", "spooled", "believed"),
    [
        pytest.param(940_000, False, 940_000, id="60 s early is believed"),
        pytest.param(939_999, False, 1_000_000, id="more is not"),
        pytest.param(939_999, True, 939_999, id="unless it was spooled"),
        pytest.param(1_060_000, True, 1_060_000, id="60 s late is believed"),
        pytest.param(1_060_001, True, 1_000_000, id="later is not, spooled or not"),
    ],
)
def test_a_gateways_clock_is_believed_within_a_minute(received_at: int, spooled: bool, believed: int) -> None:
    assert trusted_received_at(received_at, 1_000_000, spooled) == believed


def test_a_snapshot_answers_by_id_and_by_kind() -> None:
    shop, ana = ProjectSettings(slug="shop", name="Shop"), PersonSettings(email="a@b.c")
    view = Snapshot.of({"project:1": shop, "person:ana": ana}, offset=4)
    assert view.get("project:1", ProjectSettings) is shop
    assert view.get("person:ana", ProjectSettings) is None
    assert view.get("project:2", ProjectSettings) is None
    assert view.of_kind("person", PersonSettings) == {"ana": ana}
    assert (view.offset, view.versions["person:ana"]) == (4, 1)
